-- Aggregates that Redshift has and PostgreSQL has not, or not over windows (documented).
CREATE AGGREGATE pg_catalog.listagg(text, text) (
    SFUNC = pg_catalog.string_agg_transfn, STYPE = internal, FINALFUNC = pg_catalog.string_agg_finalfn
);
-- What the front puts around that aggregate: the longest VARCHAR is the limit.
CREATE FUNCTION pg_catalog.listagg(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF pg_catalog.octet_length(value) > 65535 THEN
        RAISE EXCEPTION 'Result size exceeds LISTAGG limit' USING ERRCODE = 'XX000', DETAIL = 'The limit is 65535 bytes.';
    END IF;
    RETURN value;
END $$;

-- MEDIAN and PERCENTILE_CONT over windows. The state is the fraction, then the values.
CREATE FUNCTION pg_internal.percentile_step(state float8[], value float8, fraction float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN value IS NULL THEN state ELSE coalesce(state, ARRAY[fraction]) || value END $$;
CREATE FUNCTION pg_internal.percentile_end(state float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT pg_catalog.percentile_cont(state[1]) WITHIN GROUP (ORDER BY value) FROM pg_catalog.unnest(state[2:]) AS value $$;
CREATE AGGREGATE pg_catalog.linchpin_percentile_cont(float8, float8) (
    SFUNC = pg_internal.percentile_step, STYPE = float8[], FINALFUNC = pg_internal.percentile_end
);

-- PostgreSQL 16 has it.
DO $$
BEGIN
    IF pg_catalog.to_regproc('pg_catalog.any_value') IS NULL THEN
        CREATE FUNCTION pg_internal.first(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
        CREATE AGGREGATE pg_catalog.any_value(anyelement) (SFUNC = pg_internal.first, STYPE = anyelement);
    END IF;
END $$;

-- PERCENTILE_DISC over windows, of the window's values.
CREATE FUNCTION pg_internal.percentile_disc(anyarray, float8) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.percentile_disc($2) WITHIN GROUP (ORDER BY value) FROM pg_catalog.unnest($1) AS value $$;
CREATE FUNCTION pg_internal.percentile_disc_desc(anyarray, float8) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.percentile_disc($2) WITHIN GROUP (ORDER BY value DESC) FROM pg_catalog.unnest($1) AS value $$;

-- Window functions with IGNORE NULLS: the first or the last value of a frame, since a strict step leaves NULLs out.
CREATE FUNCTION pg_internal.keep_first(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION pg_internal.keep_last(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $2';
CREATE AGGREGATE pg_internal.first_value(anyelement) (SFUNC = pg_internal.keep_first, STYPE = anyelement);
CREATE AGGREGATE pg_internal.last_value(anyelement) (SFUNC = pg_internal.keep_last, STYPE = anyelement);
CREATE AGGREGATE pg_internal.lag(anyelement) (SFUNC = pg_internal.keep_last, STYPE = anyelement);
CREATE AGGREGATE pg_internal.lead(anyelement) (SFUNC = pg_internal.keep_first, STYPE = anyelement);
