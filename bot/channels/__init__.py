"""One module a channel: each turns a request into a message and renders the replies."""
