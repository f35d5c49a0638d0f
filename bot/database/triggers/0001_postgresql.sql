-- The guards of the ledger, of its grants and of what hangs on a grant: set 0001, PostgreSQL.
-- Frozen after a release: a change is a new set (see __init__.py). The same rules stand in
-- 0001_sqlite.sql. Triggers are written as pg_get_triggerdef prints them; functions take the
-- search path of the installation, so that a client cannot put tables of its own in front.

CREATE FUNCTION askfirst_refuse(reason text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'askfirst: ' || reason,
                        ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION askfirst_now() RETURNS text LANGUAGE sql
SET search_path FROM CURRENT AS $$
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Whoever writes to the ledger, or to what hangs on its grants, stands in one line until its
-- transaction ends. Row locks alone would let a withdrawal and a change of a row deadlock.
CREATE FUNCTION askfirst_queue() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305001);
  RETURN NULL;
END $$;

-- Purposes and notices: what was asked stays as it was asked. The ledger: append-only.

CREATE FUNCTION askfirst_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM askfirst_refuse(CASE TG_TABLE_NAME
    WHEN 'consent_event' THEN 'the ledger is append-only'
    WHEN 'purpose' THEN 'a purpose stays as it was stored'
    WHEN 'notice' THEN 'a notice stays as it was shown'
    WHEN 'grant' THEN 'grants are derived from the ledger'
    ELSE 'these rows are ended one by one, not emptied at once' END);
  RETURN NULL;
END $$;

CREATE TRIGGER purpose_keep BEFORE DELETE OR UPDATE ON purpose FOR EACH ROW EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER purpose_truncate BEFORE TRUNCATE ON purpose FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER notice_keep BEFORE DELETE OR UPDATE ON notice FOR EACH ROW EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER notice_truncate BEFORE TRUNCATE ON notice FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER consent_event_keep BEFORE DELETE OR UPDATE ON consent_event FOR EACH ROW EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER consent_event_truncate BEFORE TRUNCATE ON consent_event FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER grant_truncate BEFORE TRUNCATE ON "grant" FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER handoff_truncate BEFORE TRUNCATE ON handoff FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();
CREATE TRIGGER follow_up_truncate BEFORE TRUNCATE ON follow_up FOR EACH STATEMENT EXECUTE FUNCTION askfirst_keep();

-- What an event may say, given what was said before.

CREATE FUNCTION askfirst_check_chain(e consent_event) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  last consent_event;
BEGIN
  SELECT * INTO last FROM consent_event ORDER BY seq DESC LIMIT 1;
  IF e.seq IS DISTINCT FROM COALESCE(last.seq, 0) + 1
     OR e.prev_hash IS DISTINCT FROM COALESCE(last.hash, 'genesis') THEN
    PERFORM askfirst_refuse('the event does not continue the chain');
  END IF;
  IF e.occurred_at COLLATE "C" < COALESCE(last.occurred_at, '') THEN
    PERFORM askfirst_refuse('the event is older than the one before it');
  END IF;
END $$;

CREATE FUNCTION askfirst_check_words(e consent_event) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF e.action NOT IN ('requested', 'given', 'confirmed', 'renewed', 'refused',
                      'deferred', 'withdrawn', 'expired', 'revoked', 'erased') THEN
    PERFORM askfirst_refuse('the ledger does not know this action');
  END IF;
  IF e.action IN ('given', 'confirmed', 'renewed', 'refused')
     AND e.actor IS DISTINCT FROM 'visitor' THEN
    PERFORM askfirst_refuse('only the visitor can answer');
  END IF;
  IF e.action = 'requested' AND NOT EXISTS (
       SELECT 1 FROM notice WHERE id = e.notice_id AND purpose = e.purpose) THEN
    PERFORM askfirst_refuse('a question needs a stored notice of its purpose');
  END IF;
  IF e.action IN ('requested', 'given', 'renewed', 'confirmed') AND e.contact_point_id <> '-'
     AND NOT EXISTS (
       SELECT 1 FROM contact_point
        WHERE id = e.contact_point_id AND visitor_id = e.visitor_id) THEN
    PERFORM askfirst_refuse('the address is not one of this visitor');
  END IF;
END $$;

CREATE FUNCTION askfirst_check_answer(e consent_event) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  q consent_event;
BEGIN
  -- a yes may narrow an open address to one; nothing else may differ from the question
  SELECT * INTO q FROM consent_event WHERE id = e.answers_event_id;
  IF q.id IS NULL OR q.action <> 'requested'
     OR (q.visitor_id, q.purpose, q.channel, q.scope_id, q.notice_id)
        IS DISTINCT FROM (e.visitor_id, e.purpose, e.channel, e.scope_id, e.notice_id)
     OR NOT (q.contact_point_id = e.contact_point_id
             OR (e.action IN ('given', 'renewed') AND q.contact_point_id = '-')) THEN
    PERFORM askfirst_refuse('the answer does not match its question');
  END IF;
  IF EXISTS (
       SELECT 1 FROM consent_event
        WHERE answers_event_id = q.id
          AND action IN ('given', 'renewed', 'refused', 'confirmed')) THEN
    PERFORM askfirst_refuse('the question was already answered');
  END IF;
  IF e.action NOT IN ('given', 'renewed') THEN
    RETURN;
  END IF;
  IF EXISTS (
       SELECT 1 FROM consent_event newer
        WHERE newer.action = 'requested' AND newer.seq > q.seq
          AND (newer.visitor_id, newer.purpose, newer.channel, newer.scope_id,
               newer.contact_point_id)
            = (q.visitor_id, q.purpose, q.channel, q.scope_id, q.contact_point_id)) THEN
    PERFORM askfirst_refuse('a newer question took the place of this one');
  END IF;
  IF EXISTS (
       SELECT 1 FROM consent_event w
        WHERE w.visitor_id = e.visitor_id AND w.seq > q.seq
          AND (w.action = 'erased'
               OR (w.action IN ('withdrawn', 'revoked')
                   AND w.purpose = e.purpose AND w.channel = e.channel
                   AND w.contact_point_id IN ('-', e.contact_point_id)
                   AND w.scope_id IN ('-', e.scope_id)))) THEN
    PERFORM askfirst_refuse('it was withdrawn after the question');
  END IF;
END $$;

CREATE FUNCTION askfirst_check_confirmed(e consent_event) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  g consent_event;
BEGIN
  SELECT * INTO g FROM consent_event WHERE id = e.answers_event_id;
  IF g.id IS NULL OR g.action NOT IN ('given', 'renewed')
     OR NOT (SELECT double_opt_in FROM purpose WHERE code = g.purpose)
     OR (g.visitor_id, g.purpose, g.channel, g.contact_point_id, g.scope_id, g.notice_id,
         g.expires_at)
        IS DISTINCT FROM (e.visitor_id, e.purpose, e.channel, e.contact_point_id, e.scope_id,
                          e.notice_id, e.expires_at) THEN
    PERFORM askfirst_refuse('the confirmation does not match what was given');
  END IF;
  IF EXISTS (
       SELECT 1 FROM consent_event
        WHERE answers_event_id = g.id
          AND action IN ('given', 'renewed', 'refused', 'confirmed')) THEN
    PERFORM askfirst_refuse('it was already confirmed');
  END IF;
  IF e.expires_at COLLATE "C" <= askfirst_now() OR EXISTS (
       SELECT 1 FROM consent_event w
        WHERE w.visitor_id = e.visitor_id AND w.seq > g.seq
          AND (w.action = 'erased'
               OR (w.action IN ('withdrawn', 'revoked', 'refused')
                   AND w.purpose = e.purpose AND w.channel = e.channel
                   AND w.contact_point_id IN ('-', e.contact_point_id)
                   AND w.scope_id IN ('-', e.scope_id))
               OR (w.action = 'expired'
                   AND (w.purpose, w.channel, w.contact_point_id, w.scope_id)
                     = (e.purpose, e.channel, e.contact_point_id, e.scope_id)
                   AND COALESCE(w.answers_event_id, g.id) = g.id))) THEN
    PERFORM askfirst_refuse('what was given has already ended');
  END IF;
END $$;

CREATE FUNCTION askfirst_accept() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305001);
  PERFORM askfirst_check_chain(NEW);
  PERFORM askfirst_check_words(NEW);
  IF NEW.action IN ('given', 'renewed', 'refused', 'deferred') THEN
    PERFORM askfirst_check_answer(NEW);
  ELSIF NEW.action = 'confirmed' THEN
    PERFORM askfirst_check_confirmed(NEW);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER consent_event_accept BEFORE INSERT ON consent_event FOR EACH ROW EXECUTE FUNCTION askfirst_accept();

-- The projection: an event ends the grants it covers and cancels what hangs on them, then
-- opens its own, all in the statement that appends it.

CREATE FUNCTION askfirst_opens(e consent_event) RETURNS boolean LANGUAGE sql
SET search_path FROM CURRENT AS $$
SELECT e.action = 'confirmed'
    OR (e.action IN ('given', 'renewed')
        AND NOT (SELECT double_opt_in FROM purpose WHERE code = e.purpose))
$$;

-- The grants that the newest event ends. An ending at address '-' covers every address, at
-- scope '-' every scope; an erasure covers all; a new yes takes the place of the same old one;
-- an expiry that names what ended ends only that.
CREATE FUNCTION askfirst_ended_grants() RETURNS SETOF text LANGUAGE sql
SET search_path FROM CURRENT AS $$
SELECT g.id
  FROM consent_event e
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
                 OR askfirst_opens(e))))
$$;

CREATE FUNCTION askfirst_project() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  ended text[];
BEGIN
  ended := ARRAY(SELECT askfirst_ended_grants());
  UPDATE follow_up SET state = 'cancelled'
   WHERE live_grant_id = ANY (ended) AND state IN ('offered', 'scheduled', 'sending');
  UPDATE handoff SET state = 'revoked', ended_at = COALESCE(ended_at, NEW.occurred_at)
   WHERE live_grant_id = ANY (ended) AND state IN ('requested', 'accepted');
  DELETE FROM "grant" WHERE id = ANY (ended);
  IF askfirst_opens(NEW) THEN
    INSERT INTO "grant"
      (id, visitor_id, purpose, channel, contact_point_id, scope_id, expires_at)
    VALUES (NEW.id, NEW.visitor_id, NEW.purpose, NEW.channel, NEW.contact_point_id,
            NEW.scope_id, NEW.expires_at);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER consent_event_project AFTER INSERT ON consent_event FOR EACH ROW WHEN ((new.action <> ALL (ARRAY['requested'::text, 'deferred'::text]))) EXECUTE FUNCTION askfirst_project();

-- Grants: only the newest event may open one, and only the newest event that covers it end it.

CREATE FUNCTION askfirst_guard_grant() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM follow_up WHERE live_grant_id = OLD.id)
       OR EXISTS (SELECT 1 FROM handoff WHERE live_grant_id = OLD.id) THEN
      PERFORM askfirst_refuse('the grant is in use');
    END IF;
    IF OLD.id NOT IN (SELECT askfirst_ended_grants()) THEN
      PERFORM askfirst_refuse('grants are derived from the ledger');
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' OR NOT EXISTS (
       SELECT 1 FROM consent_event e
        WHERE e.seq = (SELECT MAX(seq) FROM consent_event) AND e.id = NEW.id
          AND askfirst_opens(e)
          AND (e.visitor_id, e.purpose, e.channel, e.contact_point_id, e.scope_id)
            = (NEW.visitor_id, NEW.purpose, NEW.channel, NEW.contact_point_id, NEW.scope_id)
          AND e.expires_at IS NOT DISTINCT FROM NEW.expires_at) THEN
    PERFORM askfirst_refuse('grants are derived from the ledger');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER grant_guard BEFORE INSERT OR DELETE OR UPDATE ON "grant" FOR EACH ROW EXECUTE FUNCTION askfirst_guard_grant();

-- Handoffs and follow-ups: live under a live grant of exactly their person, purpose, channel,
-- address and scope, or not at all. A row that has ended lets go of its grant, whoever ended it.

CREATE FUNCTION askfirst_gate() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  noun text := replace(TG_TABLE_NAME, '_', '-');
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.id, NEW.conversation_id, NEW.visitor_id, NEW.purpose, NEW.channel,
        NEW.contact_point_id, NEW.scope_id, NEW.grant_event_id)
       IS DISTINCT FROM (OLD.id, OLD.conversation_id, OLD.visitor_id, OLD.purpose, OLD.channel,
                         OLD.contact_point_id, OLD.scope_id, OLD.grant_event_id) THEN
      PERFORM askfirst_refuse('what a ' || noun || ' was granted for cannot change');
    END IF;
    IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN (
         'requested>accepted', 'requested>handed_back', 'requested>resolved',
         'requested>revoked', 'accepted>handed_back', 'accepted>resolved',
         'accepted>revoked',
         'offered>scheduled', 'scheduled>sending', 'sending>sent',
         'sending>scheduled', 'offered>cancelled', 'scheduled>cancelled',
         'sending>cancelled') THEN
      PERFORM askfirst_refuse('a ' || noun || ' cannot go from this state to that');
    END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.state IN ('handed_back', 'resolved', 'revoked', 'sent', 'cancelled')
  THEN
    NEW.live_grant_id := NULL;
    RETURN NEW;
  END IF;
  PERFORM 1 FROM "grant" g
    WHERE g.id = NEW.live_grant_id AND g.id = NEW.grant_event_id
      AND (g.visitor_id, g.purpose, g.channel, g.contact_point_id, g.scope_id)
        = (NEW.visitor_id, NEW.purpose, NEW.channel, NEW.contact_point_id, NEW.scope_id)
      AND g.purpose = TG_TABLE_NAME
      AND (TG_TABLE_NAME <> 'handoff' OR g.scope_id = NEW.conversation_id)
      AND (g.expires_at IS NULL OR g.expires_at COLLATE "C" > askfirst_now())
    FOR KEY SHARE;
  IF NOT FOUND THEN
    PERFORM askfirst_refuse('no live grant for this ' || noun);
  END IF;
  IF TG_OP = 'INSERT' AND NEW.state NOT IN ('requested', 'offered', 'scheduled') THEN
    PERFORM askfirst_refuse('a ' || noun || ' cannot start in this state');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION askfirst_keep_live() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.state NOT IN ('handed_back', 'resolved', 'revoked', 'sent', 'cancelled') THEN
    PERFORM askfirst_refuse('end this ' || replace(TG_TABLE_NAME, '_', '-') || ' before deleting it');
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER handoff_queue BEFORE INSERT OR DELETE OR UPDATE ON handoff FOR EACH STATEMENT EXECUTE FUNCTION askfirst_queue();
CREATE TRIGGER handoff_gate BEFORE INSERT OR UPDATE ON handoff FOR EACH ROW EXECUTE FUNCTION askfirst_gate();
CREATE TRIGGER handoff_delete BEFORE DELETE ON handoff FOR EACH ROW EXECUTE FUNCTION askfirst_keep_live();
CREATE TRIGGER follow_up_queue BEFORE INSERT OR DELETE OR UPDATE ON follow_up FOR EACH STATEMENT EXECUTE FUNCTION askfirst_queue();
CREATE TRIGGER follow_up_gate BEFORE INSERT OR UPDATE ON follow_up FOR EACH ROW EXECUTE FUNCTION askfirst_gate();
CREATE TRIGGER follow_up_delete BEFORE DELETE ON follow_up FOR EACH ROW EXECUTE FUNCTION askfirst_keep_live();
