"""Import: help articles that live elsewhere become Markdown files with front matter.

`sources.collect` reads a source (one module each) into `items.Item`s and what had to be left
out; `plan.make_plan` compares them with the files of the last import of the same name;
`writing.write_plan` writes, one whole file at a time. Each file says where it came from and
carries a digest of what was written, so that an owner's edits are seen and kept.

Nothing is imported here: only the command that imports needs what reads HTML and tables.
"""
