-- Functions that Redshift has and PostgreSQL has not (documented).
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS
    $$ SELECT pg_catalog.date_trunc('second', pg_catalog.statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE AS
    $$ SELECT pg_catalog.now() AT TIME ZONE 'UTC' $$;
CREATE FUNCTION pg_catalog.len(text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.length($1) $$;
CREATE FUNCTION pg_catalog.charindex(part text, whole text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.strpos(whole, part) $$;
CREATE FUNCTION pg_catalog.replicate(text, int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.repeat($1, $2) $$;
CREATE FUNCTION pg_catalog.sha2(value text, bits int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.encode(CASE bits
        WHEN 224 THEN pg_catalog.sha224(pg_catalog.convert_to(value, 'UTF8'))
        WHEN 384 THEN pg_catalog.sha384(pg_catalog.convert_to(value, 'UTF8'))
        WHEN 512 THEN pg_catalog.sha512(pg_catalog.convert_to(value, 'UTF8'))
        ELSE pg_catalog.sha256(pg_catalog.convert_to(value, 'UTF8')) END, 'hex') $$;
CREATE FUNCTION pg_catalog.strtol(digits text, base int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    number bigint := 0;
    minus boolean := digits LIKE '-%';
    digit text;
    value int;
BEGIN
    digits := pg_catalog.lower(pg_catalog.ltrim(digits, '+-'));
    IF base = 16 THEN digits := pg_catalog.regexp_replace(digits, '^0x', ''); END IF;
    FOREACH digit IN ARRAY pg_catalog.string_to_array(digits, NULL) LOOP
        value := pg_catalog.strpos('0123456789abcdefghijklmnopqrstuvwxyz', digit) - 1;
        IF value < 0 OR value >= base THEN
            RAISE EXCEPTION 'The input % is not valid to be converted to base %', digits, base USING ERRCODE = '22023';
        END IF;
        number := number * base + value;
    END LOOP;
    RETURN CASE WHEN minus THEN -number ELSE number END;
END $$;

-- Parts of a date in all their spellings (documented).
CREATE FUNCTION pg_catalog.linchpin_datepart(part text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE
        WHEN p IN ('millennium', 'millennia', 'mil', 'mils') THEN 'millennium'
        WHEN p IN ('century', 'centuries', 'c', 'cent', 'cents') THEN 'century'
        WHEN p IN ('decade', 'decades', 'dec', 'decs') THEN 'decade'
        WHEN p IN ('year', 'years', 'y', 'yr', 'yrs') THEN 'year'
        WHEN p IN ('quarter', 'quarters', 'qtr', 'qtrs') THEN 'quarter'
        WHEN p IN ('month', 'months', 'mon', 'mons') THEN 'month'
        WHEN p IN ('week', 'weeks', 'w') THEN 'week'
        WHEN p IN ('day', 'days', 'd') THEN 'day'
        WHEN p IN ('hour', 'hours', 'h', 'hr', 'hrs') THEN 'hour'
        WHEN p IN ('minute', 'minutes', 'm', 'min', 'mins') THEN 'minute'
        WHEN p IN ('second', 'seconds', 's', 'sec', 'secs') THEN 'second'
        WHEN p IN ('millisecond', 'milliseconds', 'ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisec', 'millisecs', 'millisecon') THEN 'millisecond'
        WHEN p IN ('microsecond', 'microseconds', 'us', 'usec', 'usecs', 'usecond', 'useconds', 'microsec', 'microsecs', 'microsecond') THEN 'microsecond'
        ELSE p
    END FROM (SELECT pg_catalog.lower(part) AS p) AS spelling $$;
CREATE FUNCTION pg_catalog.dateadd(part text, n bigint, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE p
        WHEN 'quarter' THEN at + n * 3 * interval '1 month'
        ELSE at + n * ('1 ' || p)::interval
    END FROM (SELECT pg_catalog.linchpin_datepart(part) AS p) AS spelling $$;
CREATE FUNCTION pg_catalog.dateadd(part text, n bigint, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.dateadd(part, n, at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' $$;
CREATE FUNCTION pg_catalog.dateadd(part text, n bigint, at date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.dateadd(part, n, at::timestamp) $$;
CREATE FUNCTION pg_catalog.dateadd(part text, n bigint, at time) RETURNS time LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.dateadd(part, n, '2000-01-01'::date + at)::time $$;
-- A literal has no type yet: it is a time without a zone.
CREATE FUNCTION pg_catalog.dateadd(part text, n bigint, at text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.dateadd(part, n, at::timestamp) $$;
CREATE FUNCTION pg_catalog.date_add(part text, n bigint, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.dateadd(part, n, at) $$;
-- How many boundaries of that part lie between, not how much time.
CREATE FUNCTION pg_catalog.datediff(part text, since timestamp, until timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE
        WHEN p IN ('year', 'decade', 'century', 'millennium') THEN
            (pg_catalog.date_part(p, until) - pg_catalog.date_part(p, since))::bigint
        WHEN p IN ('month', 'quarter') THEN
            (pg_catalog.date_part('year', until) - pg_catalog.date_part('year', since))::bigint
                * CASE p WHEN 'month' THEN 12 ELSE 4 END
            + (pg_catalog.date_part(p, until) - pg_catalog.date_part(p, since))::bigint
        -- Weeks begin on Sunday here (documented).
        WHEN p = 'week' THEN
            ((pg_catalog.date_trunc('week', until + interval '1 day')::date
              - pg_catalog.date_trunc('week', since + interval '1 day')::date) / 7)::bigint
        WHEN p = 'day' THEN (until::date - since::date)::bigint
        WHEN p IN ('hour', 'minute', 'second', 'millisecond', 'microsecond') THEN
            pg_catalog.floor(
                (pg_catalog.linchpin_extract('epoch', pg_catalog.date_trunc(p, until)) - pg_catalog.linchpin_extract('epoch', pg_catalog.date_trunc(p, since)))
                / CASE p WHEN 'hour' THEN 3600 WHEN 'minute' THEN 60 WHEN 'second' THEN 1
                         WHEN 'millisecond' THEN 0.001 ELSE 0.000001 END)::bigint
        ELSE pg_catalog.date_part(p, until)::bigint
    END FROM (SELECT pg_catalog.linchpin_datepart(part) AS p) AS spelling $$;
CREATE FUNCTION pg_catalog.datediff(part text, since date, until date) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.datediff(part, since::timestamp, until::timestamp) $$;
CREATE FUNCTION pg_catalog.datediff(part text, since timestamptz, until timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.datediff(part, since AT TIME ZONE 'UTC', until AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_catalog.datediff(part text, since time, until time) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.datediff(part, '2000-01-01'::date + since, '2000-01-01'::date + until) $$;
CREATE FUNCTION pg_catalog.datediff(part text, since text, until text) RETURNS bigint LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.datediff(part, since::timestamp, until::timestamp) $$;
CREATE FUNCTION pg_catalog.date_diff(part text, since timestamp, until timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.datediff(part, since, until) $$;
CREATE FUNCTION pg_catalog.convert_timezone(target text, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT at AT TIME ZONE 'UTC' AT TIME ZONE target $$;
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT at AT TIME ZONE source AT TIME ZONE target $$;
CREATE FUNCTION pg_catalog.convert_timezone(target text, at timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT at AT TIME ZONE target $$;
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, at timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.convert_timezone(source, target, at AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_catalog.convert_timezone(target text, at text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.convert_timezone(target, at::timestamp) $$;
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, at text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.convert_timezone(source, target, at::timestamp) $$;
CREATE FUNCTION pg_catalog.trunc(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::date $$;
CREATE FUNCTION pg_catalog.last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT (pg_catalog.date_trunc('month', $1) + interval '1 month' - interval '1 day')::date $$;
-- Whole months between equal days or between last days, else a month has 31 days (documented).
CREATE FUNCTION pg_catalog.months_between(until timestamp, since timestamp) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT months + CASE
        WHEN pg_catalog.date_part('day', until) = pg_catalog.date_part('day', since)
          OR (until::date = pg_catalog.last_day(until) AND since::date = pg_catalog.last_day(since)) THEN 0
        ELSE (pg_catalog.linchpin_extract('epoch', until - pg_catalog.date_trunc('month', until))
              - pg_catalog.linchpin_extract('epoch', since - pg_catalog.date_trunc('month', since)))::float8 / (31 * 86400) END
    FROM (SELECT (pg_catalog.date_part('year', until) - pg_catalog.date_part('year', since)) * 12
                 + pg_catalog.date_part('month', until) - pg_catalog.date_part('month', since) AS months) AS whole $$;
-- The first such weekday after the day; two letters tell it (documented).
CREATE FUNCTION pg_catalog.next_day(at timestamp, weekday text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE wanted int := pg_catalog.array_position('{su,mo,tu,we,th,fr,sa}'::text[], pg_catalog.lower(pg_catalog.left(weekday, 2))) - 1;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'invalid weekday: %', weekday USING ERRCODE = '22023';
    END IF;
    RETURN at::date + 1 + (wanted - pg_catalog.date_part('dow', at::date + 1)::int + 7) % 7;
END $$;
-- The last day of a month stays a last day (documented).
CREATE FUNCTION pg_catalog.add_months(at timestamp, months bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN at::date = pg_catalog.last_day(at)
        THEN pg_catalog.last_day(at + months * interval '1 month')::timestamp + (at - pg_catalog.date_trunc('day', at))
        ELSE at + months * interval '1 month' END $$;

-- A text as JSON: one that is none is NULL, or refused; of the refusal's wording the first words are documented.
CREATE FUNCTION pg_internal.json_or_null(value text) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN value::json;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END $$;
CREATE FUNCTION pg_internal.json(value text, null_if_invalid boolean) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE parsed json := pg_internal.json_or_null(value);
BEGIN
    IF parsed IS NULL AND NOT null_if_invalid THEN
        RAISE EXCEPTION 'JSON parsing error' USING ERRCODE = 'XX000', HINT = 'pass true as the last argument to have NULL';
    END IF;
    RETURN parsed;
END $$;
-- The path may be followed by null_if_invalid, which the front puts first.
CREATE FUNCTION pg_catalog.json_extract_path_text(null_if_invalid boolean, value text, VARIADIC path text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN parsed IS NOT NULL THEN coalesce(pg_catalog.json_extract_path_text(parsed, VARIADIC path), '') END
    FROM (SELECT pg_internal.json(value, null_if_invalid) AS parsed) AS read $$;
CREATE FUNCTION pg_catalog.json_extract_path_text(value text, VARIADIC path text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.json_extract_path_text(false, value, VARIADIC path) $$;
CREATE FUNCTION pg_catalog.json_array_length(value text, null_if_invalid boolean DEFAULT false) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_array_length(pg_internal.json(value, null_if_invalid)) $$;
CREATE FUNCTION pg_catalog.json_extract_array_element_text(value text, at int, null_if_invalid boolean DEFAULT false) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.json(value, null_if_invalid) ->> at $$;
CREATE FUNCTION pg_catalog.is_valid_json(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT coalesce(pg_catalog.json_typeof(pg_internal.json_or_null(value)) = 'object', false) $$;
CREATE FUNCTION pg_catalog.is_valid_json_array(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT coalesce(pg_catalog.json_typeof(pg_internal.json_or_null(value)) = 'array', false) $$;

ALTER FUNCTION pg_catalog.version() RENAME TO linchpin_postgresql_version;
CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$ SELECT
    'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.436211'::text $$;

-- Why a query cannot be prepared. Types of parameters that cannot be told are no mistake: names come first.
CREATE FUNCTION pg_catalog.linchpin_mistake(query text) RETURNS TABLE (state text, message text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'PREPARE linchpin_mistake AS ' || query;
    DEALLOCATE linchpin_mistake;
EXCEPTION
    WHEN indeterminate_datatype THEN RETURN;
    WHEN OTHERS THEN RETURN QUERY SELECT SQLSTATE, SQLERRM;
END $$;

-- Tells the tree of a query in a notice, as the server understands it: for the modifiers of what is calculated.
CREATE FUNCTION pg_catalog.linchpin_tell_tree(query text) RETURNS void LANGUAGE plpgsql
SET debug_print_parse = on SET debug_pretty_print = off SET client_min_messages = log AS $$
BEGIN
    EXECUTE 'PREPARE linchpin_tree AS ' || query;
    DEALLOCATE linchpin_tree;
EXCEPTION
    WHEN OTHERS THEN RETURN;
END $$;

-- The modes of the arguments of a procedure that is given so many: CALL leaves out those that only come back (documented).
CREATE FUNCTION pg_catalog.linchpin_argument_modes(procedure text, given int) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.array_to_string(p.proargmodes, '')
    FROM pg_catalog.parse_ident($1) AS name JOIN pg_catalog.pg_proc p ON p.proname = name[pg_catalog.cardinality(name)]
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind = 'p' AND 'o' = ANY (p.proargmodes)
      AND CASE pg_catalog.cardinality(name) WHEN 1 THEN pg_catalog.pg_function_is_visible(p.oid) ELSE n.nspname = name[pg_catalog.cardinality(name) - 1] END
      AND (SELECT count(*) FROM pg_catalog.unnest(p.proargmodes) AS mode WHERE mode <> 'o') = $2
    LIMIT 1 $$;

-- Every match is replaced, by nothing where nothing is said (documented; PostgreSQL replaces the first).
ALTER FUNCTION pg_catalog.regexp_replace(text, text, text) RENAME TO linchpin_replace_first;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.regexp_replace($1, $2, $3, 'g') $$;
CREATE FUNCTION pg_catalog.regexp_replace(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.regexp_replace($1, $2, '', 'g') $$;
-- From a position on; parameters: of `p`, Perl's expressions, PostgreSQL's own know most (inferred).
ALTER FUNCTION pg_catalog.regexp_replace(text, text, text, int) RENAME TO linchpin_replace_from;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text, int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.regexp_replace($1, $2, $3, $4, 0) $$;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text, int, parameters text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.regexp_replace($1, $2, $3, $4, 0, pg_catalog.replace(parameters, 'p', '')) $$;
-- What does not match is empty; with `e` it is what stands in the pattern's first parentheses, where it has some (documented).
DO $$
DECLARE arguments text;
BEGIN
    FOREACH arguments IN ARRAY ARRAY['', ', int', ', int, int', ', int, int, text', ', int, int, text, int'] LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION pg_catalog.regexp_substr(text, text%s) RENAME TO linchpin_substr', arguments);
    END LOOP;
END $$;
CREATE FUNCTION pg_catalog.regexp_substr(value text, pattern text, start int, occurrence int, parameters text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(CASE WHEN parameters LIKE '%e%'
        THEN (SELECT found[1] FROM pg_catalog.regexp_matches(pg_catalog.substr(value, start), pattern, 'g' || pg_catalog.translate(parameters, 'ep', ''))
                  WITH ORDINALITY AS matches (found, n) WHERE n = occurrence)
        ELSE pg_catalog.linchpin_substr(value, pattern, start, occurrence, pg_catalog.replace(parameters, 'p', '')) END, '') $$;
CREATE FUNCTION pg_catalog.regexp_substr(value text, pattern text, start int DEFAULT 1, occurrence int DEFAULT 1) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT coalesce(pg_catalog.linchpin_substr(value, pattern, start, occurrence), '') $$;

-- CANCEL: the statement that another session runs. The wording is inferred.
CREATE FUNCTION pg_catalog.linchpin_cancel(process int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = process) THEN
        RAISE EXCEPTION 'PID % is not a Redshift server process', process USING ERRCODE = '22023',
            HINT = 'SELECT process FROM stv_sessions tells the sessions that there are';
    END IF;
    PERFORM pg_catalog.pg_cancel_backend(process);
END $$;
-- USE: names of three parts reach the session's own database alone.
CREATE FUNCTION pg_catalog.linchpin_use(database name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF database <> pg_catalog.current_database() THEN
        RAISE EXCEPTION 'USE of another database is not carried out by linchpin' USING ERRCODE = '0A000',
            HINT = 'connect to it';
    END IF;
END $$;
