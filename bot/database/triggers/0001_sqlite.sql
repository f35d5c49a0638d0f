-- The guards of the ledger, of its grants and of what hangs on a grant: set 0001, SQLite.
-- Frozen after a release: a change is a new set (see __init__.py). The same rules stand in
-- 0001_postgresql.sql. They hold for any client of the file, with foreign keys, recursive
-- triggers or CHECK constraints switched off too; NEW.rowid is compared because INSERT OR
-- REPLACE can hit a row by it and then runs no delete trigger.

-- Purposes and notices: what was asked stays as it was asked.

CREATE TRIGGER purpose_insert BEFORE INSERT ON purpose
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a purpose stays as it was stored')
   WHERE EXISTS (SELECT 1 FROM purpose WHERE rowid = NEW.rowid OR code = NEW.code);
END;

CREATE TRIGGER purpose_update BEFORE UPDATE ON purpose
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a purpose stays as it was stored');
END;

CREATE TRIGGER purpose_delete BEFORE DELETE ON purpose
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a purpose stays as it was stored');
END;

CREATE TRIGGER notice_insert BEFORE INSERT ON notice
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a notice stays as it was shown')
   WHERE EXISTS (
     SELECT 1 FROM notice
      WHERE rowid = NEW.rowid OR id = NEW.id
         OR (purpose = NEW.purpose AND version = NEW.version
             AND language = NEW.language AND body_sha256 = NEW.body_sha256));
END;

CREATE TRIGGER notice_update BEFORE UPDATE ON notice
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a notice stays as it was shown');
END;

CREATE TRIGGER notice_delete BEFORE DELETE ON notice
BEGIN
  SELECT RAISE(ABORT, 'askfirst: a notice stays as it was shown');
END;

-- The ledger: append-only, one chain.

CREATE TRIGGER consent_event_update BEFORE UPDATE ON consent_event
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the ledger is append-only');
END;

CREATE TRIGGER consent_event_delete BEFORE DELETE ON consent_event
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the ledger is append-only');
END;

CREATE TRIGGER consent_event_chain BEFORE INSERT ON consent_event
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the ledger is append-only')
   WHERE EXISTS (
     SELECT 1 FROM consent_event
      WHERE seq = NEW.seq OR id = NEW.id OR hash = NEW.hash OR idem_key = NEW.idem_key);
  SELECT RAISE(ABORT, 'askfirst: the event does not continue the chain')
   WHERE NEW.seq IS NOT COALESCE((SELECT MAX(seq) FROM consent_event), 0) + 1
      OR NEW.prev_hash IS NOT COALESCE(
           (SELECT hash FROM consent_event ORDER BY seq DESC LIMIT 1), 'genesis');
  SELECT RAISE(ABORT, 'askfirst: the event is older than the one before it')
   WHERE NEW.occurred_at < COALESCE(
     (SELECT occurred_at FROM consent_event ORDER BY seq DESC LIMIT 1), '');
END;

-- What an event may say, given what was said before.

CREATE TRIGGER consent_event_words BEFORE INSERT ON consent_event
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the ledger does not know this action')
   WHERE NEW.action NOT IN ('requested', 'given', 'confirmed', 'renewed', 'refused',
                            'deferred', 'withdrawn', 'expired', 'revoked', 'erased');
  SELECT RAISE(ABORT, 'askfirst: only the visitor can answer')
   WHERE NEW.action IN ('given', 'confirmed', 'renewed', 'refused')
     AND NEW.actor IS NOT 'visitor';
  SELECT RAISE(ABORT, 'askfirst: a question needs a stored notice of its purpose')
   WHERE NEW.action = 'requested'
     AND NOT EXISTS (
       SELECT 1 FROM notice WHERE id = NEW.notice_id AND purpose = NEW.purpose);
  SELECT RAISE(ABORT, 'askfirst: the address is not one of this visitor')
   WHERE NEW.action IN ('requested', 'given', 'renewed', 'confirmed')
     AND NEW.contact_point_id <> '-'
     AND NOT EXISTS (
       SELECT 1 FROM contact_point
        WHERE id = NEW.contact_point_id AND visitor_id = NEW.visitor_id);
END;

CREATE TRIGGER consent_event_answer BEFORE INSERT ON consent_event
WHEN NEW.action IN ('given', 'renewed', 'refused', 'deferred')
BEGIN
  -- a yes may narrow an open address to one; nothing else may differ from the question
  SELECT RAISE(ABORT, 'askfirst: the answer does not match its question')
   WHERE NOT EXISTS (
     SELECT 1 FROM consent_event q
      WHERE q.id = NEW.answers_event_id AND q.action = 'requested'
        AND q.visitor_id = NEW.visitor_id AND q.purpose = NEW.purpose
        AND q.channel = NEW.channel AND q.scope_id = NEW.scope_id
        AND q.notice_id IS NEW.notice_id
        AND (q.contact_point_id = NEW.contact_point_id
             OR (NEW.action IN ('given', 'renewed') AND q.contact_point_id = '-')));
  SELECT RAISE(ABORT, 'askfirst: the question was already answered')
   WHERE EXISTS (
     SELECT 1 FROM consent_event
      WHERE answers_event_id = NEW.answers_event_id
        AND action IN ('given', 'renewed', 'refused', 'confirmed'));
  SELECT RAISE(ABORT, 'askfirst: a newer question took the place of this one')
   WHERE NEW.action IN ('given', 'renewed')
     AND EXISTS (
       SELECT 1 FROM consent_event q JOIN consent_event newer
           ON newer.visitor_id = q.visitor_id AND newer.purpose = q.purpose
          AND newer.channel = q.channel AND newer.scope_id = q.scope_id
          AND newer.contact_point_id = q.contact_point_id
        WHERE q.id = NEW.answers_event_id
          AND newer.action = 'requested' AND newer.seq > q.seq);
  SELECT RAISE(ABORT, 'askfirst: it was withdrawn after the question')
   WHERE NEW.action IN ('given', 'renewed')
     AND EXISTS (
       SELECT 1 FROM consent_event w
        WHERE w.visitor_id = NEW.visitor_id
          AND w.seq > (SELECT seq FROM consent_event WHERE id = NEW.answers_event_id)
          AND (w.action = 'erased'
               OR (w.action IN ('withdrawn', 'revoked')
                   AND w.purpose = NEW.purpose AND w.channel = NEW.channel
                   AND w.contact_point_id IN ('-', NEW.contact_point_id)
                   AND w.scope_id IN ('-', NEW.scope_id))));
END;

CREATE TRIGGER consent_event_confirmed BEFORE INSERT ON consent_event
WHEN NEW.action = 'confirmed'
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the confirmation does not match what was given')
   WHERE NOT EXISTS (
     SELECT 1 FROM consent_event g JOIN purpose p ON p.code = g.purpose
      WHERE g.id = NEW.answers_event_id AND g.action IN ('given', 'renewed')
        AND p.double_opt_in
        AND g.visitor_id = NEW.visitor_id AND g.purpose = NEW.purpose
        AND g.channel = NEW.channel AND g.contact_point_id = NEW.contact_point_id
        AND g.scope_id = NEW.scope_id AND g.notice_id IS NEW.notice_id
        AND g.expires_at IS NEW.expires_at);
  SELECT RAISE(ABORT, 'askfirst: it was already confirmed')
   WHERE EXISTS (
     SELECT 1 FROM consent_event
      WHERE answers_event_id = NEW.answers_event_id
        AND action IN ('given', 'renewed', 'refused', 'confirmed'));
  SELECT RAISE(ABORT, 'askfirst: what was given has already ended')
   WHERE NEW.expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      OR EXISTS (
       SELECT 1 FROM consent_event w
        WHERE w.visitor_id = NEW.visitor_id
          AND w.seq > (SELECT seq FROM consent_event WHERE id = NEW.answers_event_id)
          AND (w.action = 'erased'
               OR (w.action IN ('withdrawn', 'revoked', 'refused')
                   AND w.purpose = NEW.purpose AND w.channel = NEW.channel
                   AND w.contact_point_id IN ('-', NEW.contact_point_id)
                   AND w.scope_id IN ('-', NEW.scope_id))
               OR (w.action = 'expired'
                   AND w.purpose = NEW.purpose AND w.channel = NEW.channel
                   AND w.contact_point_id = NEW.contact_point_id
                   AND w.scope_id = NEW.scope_id
                   AND COALESCE(w.answers_event_id, NEW.answers_event_id)
                       = NEW.answers_event_id)));
END;

-- The projection: an event ends the grants it covers and cancels what hangs on them, then
-- opens its own, all in the statement that appends it.

-- The grants that the newest event ends. An ending at address '-' covers every address, at
-- scope '-' every scope; an erasure covers all; a new yes takes the place of the same old one;
-- an expiry that names what ended ends only that.
CREATE VIEW ended_grant AS
SELECT g.id
  FROM consent_event e
  JOIN purpose p ON p.code = e.purpose
  JOIN "grant" g ON g.visitor_id = e.visitor_id AND g.id <> e.id
 WHERE e.seq = (SELECT MAX(seq) FROM consent_event)
   AND (e.action = 'erased'
        OR (g.purpose = e.purpose AND g.channel = e.channel
            AND e.action IN ('withdrawn', 'revoked', 'refused')
            AND e.contact_point_id IN ('-', g.contact_point_id)
            AND e.scope_id IN ('-', g.scope_id))
        OR (g.purpose = e.purpose AND g.channel = e.channel
            AND g.contact_point_id = e.contact_point_id AND g.scope_id = e.scope_id
            AND ((e.action = 'expired' AND COALESCE(e.answers_event_id, g.id) = g.id)
                 OR e.action = 'confirmed'
                 OR (e.action IN ('given', 'renewed') AND NOT p.double_opt_in))));

CREATE TRIGGER consent_event_project AFTER INSERT ON consent_event
WHEN NEW.action NOT IN ('requested', 'deferred')
BEGIN
  UPDATE follow_up SET state = 'cancelled'
   WHERE live_grant_id IN (SELECT id FROM ended_grant)
     AND state IN ('offered', 'scheduled', 'sending');
  UPDATE handoff SET state = 'revoked', ended_at = COALESCE(ended_at, NEW.occurred_at)
   WHERE live_grant_id IN (SELECT id FROM ended_grant)
     AND state IN ('requested', 'accepted');
  DELETE FROM "grant" WHERE id IN (SELECT id FROM ended_grant);
  INSERT INTO "grant" (id, visitor_id, purpose, channel, contact_point_id, scope_id, expires_at)
  SELECT NEW.id, NEW.visitor_id, NEW.purpose, NEW.channel, NEW.contact_point_id, NEW.scope_id,
         NEW.expires_at
   WHERE NEW.action = 'confirmed'
      OR (NEW.action IN ('given', 'renewed')
          AND NOT (SELECT double_opt_in FROM purpose WHERE code = NEW.purpose));
END;

-- Grants: only the newest event may open one, and only the newest event that covers it end it.

CREATE TRIGGER grant_insert BEFORE INSERT ON "grant"
BEGIN
  SELECT RAISE(ABORT, 'askfirst: grants are derived from the ledger')
   WHERE EXISTS (SELECT 1 FROM "grant" WHERE rowid = NEW.rowid OR id = NEW.id)
      OR NOT EXISTS (
        SELECT 1 FROM consent_event e JOIN purpose p ON p.code = e.purpose
         WHERE e.seq = (SELECT MAX(seq) FROM consent_event) AND e.id = NEW.id
           AND e.visitor_id = NEW.visitor_id AND e.purpose = NEW.purpose
           AND e.channel = NEW.channel AND e.contact_point_id = NEW.contact_point_id
           AND e.scope_id = NEW.scope_id AND e.expires_at IS NEW.expires_at
           AND (e.action = 'confirmed'
                OR (e.action IN ('given', 'renewed') AND NOT p.double_opt_in)));
END;

CREATE TRIGGER grant_update BEFORE UPDATE ON "grant"
BEGIN
  SELECT RAISE(ABORT, 'askfirst: grants are derived from the ledger');
END;

CREATE TRIGGER grant_delete BEFORE DELETE ON "grant"
BEGIN
  SELECT RAISE(ABORT, 'askfirst: the grant is in use')
   WHERE EXISTS (SELECT 1 FROM follow_up WHERE live_grant_id = OLD.id)
      OR EXISTS (SELECT 1 FROM handoff WHERE live_grant_id = OLD.id);
  SELECT RAISE(ABORT, 'askfirst: grants are derived from the ledger')
   WHERE NOT EXISTS (SELECT 1 FROM ended_grant WHERE id = OLD.id);
END;

-- Handoffs and follow-ups: live under a live grant of exactly their person, purpose, channel,
-- address and scope, or not at all.

CREATE TRIGGER handoff_insert BEFORE INSERT ON handoff
BEGIN
  SELECT RAISE(ABORT, 'askfirst: no live grant for this handoff')
   WHERE NEW.purpose IS NOT 'handoff'
      OR NEW.scope_id IS NOT NEW.conversation_id
      OR NEW.live_grant_id IS NOT NEW.grant_event_id
      OR NOT EXISTS (
        SELECT 1 FROM "grant" g
         WHERE g.id = NEW.live_grant_id AND g.visitor_id = NEW.visitor_id
           AND g.purpose = NEW.purpose AND g.channel = NEW.channel
           AND g.contact_point_id = NEW.contact_point_id AND g.scope_id = NEW.scope_id
           AND (g.expires_at IS NULL OR g.expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
  SELECT RAISE(ABORT, 'askfirst: a handoff cannot start in this state')
   WHERE NEW.state NOT IN ('requested');
  SELECT RAISE(ABORT, 'askfirst: this handoff exists already')
   WHERE EXISTS (SELECT 1 FROM handoff WHERE rowid = NEW.rowid OR id = NEW.id);
END;

CREATE TRIGGER handoff_update BEFORE UPDATE ON handoff
BEGIN
  SELECT RAISE(ABORT, 'askfirst: what a handoff was granted for cannot change')
   WHERE NEW.rowid IS NOT OLD.rowid OR NEW.id IS NOT OLD.id
      OR NEW.conversation_id IS NOT OLD.conversation_id
      OR NEW.visitor_id IS NOT OLD.visitor_id OR NEW.purpose IS NOT OLD.purpose
      OR NEW.channel IS NOT OLD.channel OR NEW.contact_point_id IS NOT OLD.contact_point_id
      OR NEW.scope_id IS NOT OLD.scope_id OR NEW.grant_event_id IS NOT OLD.grant_event_id;
  SELECT RAISE(ABORT, 'askfirst: a handoff cannot go from this state to that')
   WHERE NEW.state IS NOT OLD.state AND OLD.state || '>' || NEW.state NOT IN (
       'requested>accepted', 'requested>handed_back', 'requested>resolved',
       'requested>revoked', 'accepted>handed_back', 'accepted>resolved',
       'accepted>revoked');
  SELECT RAISE(ABORT, 'askfirst: no live grant for this handoff')
   WHERE NEW.state IN ('requested', 'accepted')
     AND (NEW.live_grant_id IS NOT NEW.grant_event_id
          OR NOT EXISTS (
            SELECT 1 FROM "grant" g
             WHERE g.id = NEW.live_grant_id
               AND (g.expires_at IS NULL
                    OR g.expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))));
END;

-- a row that has ended lets go of its grant, whoever ended it
CREATE TRIGGER handoff_end AFTER UPDATE ON handoff
WHEN NEW.state IN ('handed_back', 'resolved', 'revoked') AND NEW.live_grant_id IS NOT NULL
BEGIN
  UPDATE handoff SET live_grant_id = NULL WHERE id = NEW.id;
END;

CREATE TRIGGER handoff_delete BEFORE DELETE ON handoff
WHEN OLD.state NOT IN ('handed_back', 'resolved', 'revoked')
BEGIN
  SELECT RAISE(ABORT, 'askfirst: end this handoff before deleting it');
END;

CREATE TRIGGER follow_up_insert BEFORE INSERT ON follow_up
BEGIN
  SELECT RAISE(ABORT, 'askfirst: no live grant for this follow-up')
   WHERE NEW.purpose IS NOT 'follow_up'
      OR NEW.live_grant_id IS NOT NEW.grant_event_id
      OR NOT EXISTS (
        SELECT 1 FROM "grant" g
         WHERE g.id = NEW.live_grant_id AND g.visitor_id = NEW.visitor_id
           AND g.purpose = NEW.purpose AND g.channel = NEW.channel
           AND g.contact_point_id = NEW.contact_point_id AND g.scope_id = NEW.scope_id
           AND (g.expires_at IS NULL OR g.expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
  SELECT RAISE(ABORT, 'askfirst: a follow-up cannot start in this state')
   WHERE NEW.state NOT IN ('offered', 'scheduled');
  SELECT RAISE(ABORT, 'askfirst: this follow-up exists already')
   WHERE EXISTS (SELECT 1 FROM follow_up WHERE rowid = NEW.rowid OR id = NEW.id);
END;

CREATE TRIGGER follow_up_update BEFORE UPDATE ON follow_up
BEGIN
  SELECT RAISE(ABORT, 'askfirst: what a follow-up was granted for cannot change')
   WHERE NEW.rowid IS NOT OLD.rowid OR NEW.id IS NOT OLD.id
      OR NEW.conversation_id IS NOT OLD.conversation_id
      OR NEW.visitor_id IS NOT OLD.visitor_id OR NEW.purpose IS NOT OLD.purpose
      OR NEW.channel IS NOT OLD.channel OR NEW.contact_point_id IS NOT OLD.contact_point_id
      OR NEW.scope_id IS NOT OLD.scope_id OR NEW.grant_event_id IS NOT OLD.grant_event_id;
  SELECT RAISE(ABORT, 'askfirst: a follow-up cannot go from this state to that')
   WHERE NEW.state IS NOT OLD.state AND OLD.state || '>' || NEW.state NOT IN (
       'offered>scheduled', 'scheduled>sending', 'sending>sent',
       'sending>scheduled', 'offered>cancelled', 'scheduled>cancelled',
       'sending>cancelled');
  SELECT RAISE(ABORT, 'askfirst: no live grant for this follow-up')
   WHERE NEW.state IN ('offered', 'scheduled', 'sending')
     AND (NEW.live_grant_id IS NOT NEW.grant_event_id
          OR NOT EXISTS (
            SELECT 1 FROM "grant" g
             WHERE g.id = NEW.live_grant_id
               AND (g.expires_at IS NULL
                    OR g.expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))));
END;

-- a row that has ended lets go of its grant, whoever ended it
CREATE TRIGGER follow_up_end AFTER UPDATE ON follow_up
WHEN NEW.state IN ('sent', 'cancelled') AND NEW.live_grant_id IS NOT NULL
BEGIN
  UPDATE follow_up SET live_grant_id = NULL WHERE id = NEW.id;
END;

CREATE TRIGGER follow_up_delete BEFORE DELETE ON follow_up
WHEN OLD.state NOT IN ('sent', 'cancelled')
BEGIN
  SELECT RAISE(ABORT, 'askfirst: end this follow-up before deleting it');
END;
