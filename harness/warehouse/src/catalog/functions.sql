-- What the session's last COPY and UNLOAD did: the front keeps it in settings, which roll back as documented.
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_copy_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_copy_id', true), ''), '-1')::int $$;
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_query_id', true), ''), '-1')::int $$;
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_unload_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_unload_id', true), ''), '-1')::int $$;
