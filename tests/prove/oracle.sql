-- SPDX-License-Identifier: Apache-2.0
-- The access rules of docs/architecture.md ("Who sees what") a second time, as row-level security and views of PostgreSQL. For tests
-- only: tests/prove/oracle.c asks the program and these views the same and compares. Nothing here is taken from src/trust/mask.c.
-- Whoever asks does so under SET ROLE entente_oracle, with entente.company (whose eyes) and entente.now (microseconds).
-- Each condition has a name: with entente.drop set to it, that one condition is left out, and the comparison must notice.
-- The hub is the schema entente. The program fills oracle.entity, field, fieldset and word from the model, and oracle.history from what it did.
CREATE SCHEMA oracle;
DO $$ BEGIN
  CREATE ROLE entente_oracle NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE TABLE oracle.entity (
  name text PRIMARY KEY, prefix text, root text, rooms bool, by_flows bool, directory bool, sortable bool);
CREATE TABLE oracle.field (entity text, pos int, name text, kind text, vocab text, target text, searched bool);
CREATE TABLE oracle.fieldset (entity text, name text, field text, PRIMARY KEY (entity, name, field));
CREATE TABLE oracle.word (vocab text, word text, pos int, PRIMARY KEY (vocab, word));
-- What happened: at this time this field of this root record changed.
CREATE TABLE oracle.history (record bigint, at bigint, field text);
CREATE INDEX ON oracle.history (record);
-- Fields of a type that a fieldset expression shows: with its +field and -field, and as plain set, which is all a child goes by.
CREATE TABLE oracle.shown (entity text, expr text, fields text[], plain text[], PRIMARY KEY (entity, expr));

CREATE FUNCTION oracle.me() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT current_setting('entente.company')::bigint $$;
CREATE FUNCTION oracle.clock() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT current_setting('entente.now')::bigint $$;
CREATE FUNCTION oracle.dropped(condition text) RETURNS bool LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('entente.drop', true), '') = condition $$;

-- ---- fieldset expressions: "member", "teaser+region-need"

CREATE FUNCTION oracle.fields_of(type text, expr text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  fields text[] := ARRAY(SELECT field FROM oracle.fieldset WHERE entity = type AND name = substring(expr FROM '^[a-z_]+'));
  step text[];
BEGIN
  FOR step IN SELECT regexp_matches(expr, '([+-])([a-z_]+)', 'g') LOOP
    fields := CASE step[1] WHEN '+' THEN array_append(fields, step[2]) ELSE array_remove(fields, step[2]) END;
  END LOOP;
  RETURN fields;
END $$;

CREATE FUNCTION oracle.learn_expression() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
BEGIN
  INSERT INTO oracle.shown
    SELECT e.name, NEW.fieldset, oracle.fields_of(e.name, NEW.fieldset),
      oracle.fields_of(e.name, substring(NEW.fieldset FROM '^[a-z_]+'))
    FROM oracle.entity e WHERE NEW.entity IN (e.name, e.root)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

-- ---- grants

ALTER TABLE access_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY parties ON access_grant FOR SELECT TO entente_oracle
  USING (grantee = oracle.me() OR owner = oracle.me() OR oracle.dropped('grantee'));
CREATE TRIGGER learn_expression AFTER INSERT ON access_grant FOR EACH ROW EXECUTE FUNCTION oracle.learn_expression();

-- Grants to the viewer's company that hold now: accepted, not revoked, begun, not over.
CREATE VIEW oracle.holding WITH (security_invoker = true) AS
  SELECT g.entity, g.root, g.fieldset, g.valid_from FROM access_grant g
  WHERE (g.grantee = oracle.me() OR oracle.dropped('grantee'))
    AND (g.accepted_at > 0 OR oracle.dropped('accepted'))
    AND (g.accepted_at <= oracle.clock() OR oracle.dropped('accepted by now'))
    AND (g.revoked_at = 0 OR oracle.dropped('revoked'))
    AND (g.valid_from <= oracle.clock() OR oracle.dropped('begun'))
    AND (oracle.clock() < g.valid_until OR oracle.dropped('not over'));

-- Whether it held at an earlier moment, when it may not yet have been revoked.
CREATE FUNCTION oracle.held(g access_grant, t bigint) RETURNS bool LANGUAGE sql STABLE AS $$
  SELECT (g).accepted_at > 0 AND (g).accepted_at <= t AND ((g).revoked_at = 0 OR (g).revoked_at > t)
    AND (g).valid_from <= t AND t < (g).valid_until
$$;

-- ---- values as the API writes them

-- Ids leave as "@deal:123"; whoever compares writes them in the digits of src/base/id.h.
CREATE FUNCTION oracle.id_text(prefix text, id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce('"@' || prefix || ':' || id || '"', 'null') $$;
CREATE FUNCTION oracle.time_text(t bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce('"' || to_char(timestamp 'epoch' + t * interval '1 microsecond',
    CASE WHEN t % 1000000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END) || '"', 'null')
$$;
CREATE FUNCTION oracle.date_text(d bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce('"' || to_char(date '1970-01-01' + d::int, 'YYYY-MM-DD') || '"', 'null') $$;
CREATE FUNCTION oracle.money_text(minor bigint, cur text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce('{"amount":"' || CASE cur WHEN 'JPY' THEN minor::text ELSE round(minor::numeric / 100, 2)::text END ||
    '","currency":"' || cur || '"}', 'null')
$$;
CREATE FUNCTION oracle.json_text(t text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(to_json(t)::text, 'null') $$;
-- What texts are sorted by: without case, ё as е.
CREATE FUNCTION oracle.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(translate(lower(t COLLATE "default"), 'ё', 'е'), '') COLLATE "C" $$;

-- Words are compared by their order in the vocabulary.
CREATE FUNCTION oracle.place(vocabulary text, term text) RETURNS int LANGUAGE sql STABLE AS
  $$ SELECT pos FROM oracle.word WHERE vocab = vocabulary AND word = term $$;

-- One column of a view, and one member of its JSON: shown or not.
CREATE FUNCTION oracle.column_text(f oracle.field) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('CASE WHEN %L = ANY (s.shown) OR oracle.dropped(''nulled'') THEN t.%I END AS %I', f.name, c, c), ', ')
  FROM unnest(CASE f.kind WHEN 'money' THEN ARRAY[f.name || '_minor', f.name || '_cur'] ELSE ARRAY[f.name] END) c
$$;
CREATE FUNCTION oracle.member_text(f oracle.field) RETURNS text LANGUAGE sql AS $$
  SELECT format('CASE WHEN %L = ANY (s.shown) THEN %L || %s ELSE '''' END', f.name, ',"' || f.name || '":', CASE f.kind
    WHEN 'money' THEN format('oracle.money_text(t.%I, t.%I)', f.name || '_minor', f.name || '_cur')
    WHEN 'int' THEN format('coalesce(t.%I::text, ''null'')', f.name)
    WHEN 'bool' THEN format('coalesce(t.%I::text, ''null'')', f.name)
    WHEN 'date' THEN format('oracle.date_text(t.%I)', f.name)
    WHEN 'time' THEN format('oracle.time_text(t.%I)', f.name)
    WHEN 'ref' THEN format('oracle.id_text(%L, t.%I)', f.target, f.name)
    ELSE format('oracle.json_text(t.%I)', f.name) END)
$$;

-- ---- who sees which row: policies

CREATE FUNCTION oracle.write_policies(e oracle.entity) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  -- Comments, activities ... are for the room or for their company; what flows write is not dated, nor is what has no room.
  in_room text := CASE WHEN e.rooms THEN '(room OR oracle.dropped(''audience''))' ELSE 'true' END;
  dated text := CASE WHEN e.rooms THEN format('(%I.created_at >= h.valid_from OR %s OR oracle.dropped(''from''))', e.name,
    CASE WHEN e.by_flows THEN 'NOT oracle.dropped(''undated'')' ELSE 'false' END) ELSE 'true' END;
BEGIN
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', e.name);
  EXECUTE format('CREATE POLICY own ON %I FOR SELECT TO entente_oracle USING (company = oracle.me() OR oracle.dropped(''own''))', e.name);
  IF e.directory THEN
    EXECUTE format('CREATE POLICY directory ON %I FOR SELECT TO entente_oracle USING (NOT oracle.dropped(''directory''))', e.name);
  ELSIF e.root IS NULL THEN
    EXECUTE format('CREATE POLICY granted ON %1$I FOR SELECT TO entente_oracle USING (EXISTS (SELECT FROM oracle.holding h
      WHERE (h.root = %1$I.id OR oracle.dropped(''root'')) AND h.entity = %1$L))', e.name);
  ELSE
    EXECUTE format('CREATE POLICY of_the_lead ON %1$I FOR SELECT TO entente_oracle USING (%3$s AND EXISTS (SELECT FROM %2$I r
      WHERE r.id = %1$I.root AND r.company = oracle.me()))', e.name, e.root, in_room);
    EXECUTE format('CREATE POLICY granted ON %1$I FOR SELECT TO entente_oracle USING (%3$s AND EXISTS (SELECT FROM oracle.holding h
      JOIN oracle.shown x ON x.entity = %1$L AND x.expr = h.fieldset
      WHERE (h.root = %1$I.root OR oracle.dropped(''root'')) AND h.entity = %2$L AND %4$s
        AND (cardinality(x.plain) > 0 OR oracle.dropped(''some field''))))', e.name, e.root, in_room, dated);
  END IF;
END $$;

-- ---- who sees which field: views

CREATE FUNCTION oracle.write_view(e oracle.entity) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  every text := format('%L::text[]', ARRAY(SELECT name FROM oracle.field WHERE entity = e.name ORDER BY pos));
  -- Through the root its company sees all of a room; a child's author sees all of it too.
  owns text := 't.company = oracle.me()' || CASE WHEN e.root IS NULL THEN '' ELSE
    format(' OR EXISTS (SELECT FROM %I r WHERE r.id = t.root AND r.company = oracle.me())', e.root) END;
  dated text := CASE WHEN e.rooms AND NOT e.by_flows THEN '(t.created_at >= h.valid_from OR oracle.dropped(''from''))' ELSE 'true' END;
  granted text := CASE WHEN e.directory
    THEN format('ARRAY(SELECT field FROM oracle.fieldset WHERE entity = %L AND name = ''directory'')', e.name)
    ELSE format('ARRAY(SELECT DISTINCT unnest(CASE WHEN oracle.dropped(''fieldset'') THEN %s WHEN oracle.dropped(''plus and minus'') THEN x.plain
        WHEN oracle.dropped(''children by set'') THEN x.fields ELSE x.%s END)
      FROM oracle.holding h JOIN oracle.shown x ON x.entity = %L AND x.expr = h.fieldset WHERE h.root = t.%s AND %s)', every,
      CASE WHEN e.root IS NULL THEN 'fields' ELSE 'plain' END, e.name, CASE WHEN e.root IS NULL THEN 'id' ELSE 'root' END, dated) END;
  -- Others are shown the last moment that changed what they see: a field, or a grant of theirs.
  changed text := CASE WHEN NOT e.directory AND e.root IS NULL THEN format('CASE WHEN t.company = oracle.me() OR oracle.dropped(''time of change'')
      THEN t.updated_at ELSE greatest(
        (SELECT max(g.updated_at) FROM access_grant g WHERE g.root = t.id AND g.grantee = oracle.me()),
        (SELECT max(y.at) FROM oracle.history y WHERE y.record = t.id AND EXISTS (SELECT FROM access_grant g
          JOIN oracle.shown x ON x.entity = %L AND x.expr = g.fieldset
          WHERE g.root = t.id AND g.grantee = oracle.me() AND oracle.held(g, y.at) AND y.field = ANY (x.fields)))) END', e.name)
    ELSE format('CASE WHEN cardinality(s.shown) = %s OR oracle.dropped(''time of change'') THEN t.updated_at ELSE t.created_at END',
      (SELECT count(*) FROM oracle.field WHERE entity = e.name)) END;
  author text := CASE WHEN e.root IS NULL THEN 't.company = oracle.me()' ELSE 'true' END;
BEGIN
  EXECUTE format($view$ CREATE VIEW oracle.%1$I WITH (security_invoker = true) AS
    SELECT t.id, t.company, t.created_at, %2$s s.shown, c.changed_at, %3$s,
      translate(lower((' ' || concat_ws(' ', %4$s) || ' ') COLLATE "default"), 'ё', 'е') AS haystack,
      '{"id":' || oracle.id_text(%5$L, t.id) || ',"company":' || oracle.id_text('company', t.company) || %6$s
        || ',"created_at":' || oracle.time_text(t.created_at)
        || CASE WHEN %7$s THEN ',"created_by":' || oracle.id_text('user', nullif(t.created_by, 0)) ELSE '' END
        || ',"updated_at":' || oracle.time_text(c.changed_at) || %8$s || '}' AS json
    FROM %1$I t CROSS JOIN LATERAL (SELECT CASE WHEN %9$s THEN %10$s ELSE %11$s END AS shown) s
      CROSS JOIN LATERAL (SELECT %12$s AS changed_at) c $view$,
    e.name, CASE WHEN e.root IS NULL THEN '' ELSE 't.root, ' END,
    (SELECT string_agg(oracle.column_text(f), ', ' ORDER BY f.pos) FROM oracle.field f WHERE f.entity = e.name),
    coalesce((SELECT string_agg(format('CASE WHEN %L = ANY (s.shown) OR oracle.dropped(''searched'') THEN t.%I END', f.name, f.name), ', ')
      FROM oracle.field f WHERE f.entity = e.name AND f.searched), ''''''),
    e.prefix,
    CASE WHEN e.root IS NULL THEN '''''' ELSE format(''',"root":'' || oracle.id_text(%L, t.root)',
      (SELECT prefix FROM oracle.entity r WHERE r.name = e.root)) END
      || CASE WHEN e.rooms THEN ' || CASE WHEN t.room THEN '',"audience":"room"'' ELSE '',"audience":"company"'' END' ELSE '' END,
    author,
    (SELECT string_agg(oracle.member_text(f), ' || ' ORDER BY f.pos) FROM oracle.field f WHERE f.entity = e.name),
    owns, every, granted, changed);
  -- All that one company may see, kept while many questions are asked about it.
  EXECUTE format('CREATE UNLOGGED TABLE oracle.%I AS SELECT 0::bigint AS eyes, v.* FROM oracle.%I v LIMIT 0', e.name || '_view', e.name);
  EXECUTE format('CREATE INDEX ON oracle.%I (eyes)', e.name || '_view');
  EXECUTE format('GRANT INSERT ON oracle.%I TO entente_oracle', e.name || '_view');
END $$;

-- Called once, when the tables about the model are filled.
CREATE FUNCTION oracle.write_rules() RETURNS void LANGUAGE plpgsql AS $$
DECLARE e oracle.entity;
BEGIN
  PERFORM set_config('entente.company', '0', true), set_config('entente.now', '0', true);
  FOR e IN SELECT * FROM oracle.entity LOOP
    PERFORM oracle.write_policies(e);
    PERFORM oracle.write_view(e);
  END LOOP;
  GRANT USAGE ON SCHEMA oracle, entente TO entente_oracle;
  GRANT SELECT ON ALL TABLES IN SCHEMA oracle, entente TO entente_oracle;
END $$;
