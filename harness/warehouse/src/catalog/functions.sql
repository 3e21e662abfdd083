-- What the session's last COPY and UNLOAD did: the front keeps it in settings, which roll back as documented. The number of a load
-- that failed on its data is told too, unless a transaction of the user's is rolled back with it (documented): no setting of its
-- own transaction outlives it.
CREATE FUNCTION pg_internal.last_failed_copy() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT coalesce(max(query_id), -1)::int FROM pg_internal.loads
    WHERE is_remembered AND session_id = pg_catalog.pg_backend_pid()
      AND end_time >= (SELECT backend_start AT TIME ZONE 'UTC' FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())) $$;
CREATE FUNCTION pg_internal.last_number(setting text) RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting(setting, true), ''), '-1')::int $$;
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT CASE WHEN pg_internal.last_failed_copy() > pg_internal.last_number('linchpin.last_copy_id') THEN 0
                   ELSE coalesce(nullif(pg_catalog.current_setting('linchpin.last_copy_count', true), ''), '0')::bigint END $$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT greatest(pg_internal.last_number('linchpin.last_copy_id'), pg_internal.last_failed_copy()) $$;
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT greatest(pg_internal.last_number('linchpin.last_query_id'), pg_internal.last_failed_copy()) $$;
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(pg_catalog.current_setting('linchpin.last_unload_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT pg_internal.last_number('linchpin.last_unload_id') $$;
