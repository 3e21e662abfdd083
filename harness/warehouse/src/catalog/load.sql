-- Load errors and load commits. Columns are documented; users see their own rows, superusers all.
CREATE TABLE pg_internal.stl_load_errors (
    userid int, slice int, tbl int, starttime timestamp, session int, query int, filename char(256),
    line_number bigint, colname char(127), type char(10), col_length char(10), position int, raw_line char(1024),
    raw_field_value char(1024), err_code int, err_reason char(100), is_partial int, start_offset bigint,
    copy_job_id bigint
);
CREATE VIEW pg_catalog.stl_load_errors AS
    SELECT * FROM pg_internal.stl_load_errors
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT usesuper FROM pg_catalog.pg_user WHERE usename = CURRENT_USER);
GRANT SELECT ON pg_catalog.stl_load_errors TO PUBLIC;

CREATE TABLE pg_internal.stl_load_commits (
    userid int, query int, slice int, name char(256), filename char(256), byte_offset int, lines_scanned bigint,
    errors int, curtime timestamp, status int, file_format char(16), is_partial int, start_offset bigint,
    copy_job_id bigint
);
CREATE VIEW pg_catalog.stl_load_commits AS
    SELECT * FROM pg_internal.stl_load_commits
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT usesuper FROM pg_catalog.pg_user WHERE usename = CURRENT_USER);
GRANT SELECT ON pg_catalog.stl_load_commits TO PUBLIC;

CREATE TABLE pg_internal.stl_loaderror_detail (
    userid int, slice int, session int, query int, filename char(256), line_number bigint, field int, colname char(1024),
    value char(1024), is_null int, type char(10), col_length char(10)
);
CREATE VIEW pg_catalog.stl_loaderror_detail AS
    SELECT * FROM pg_internal.stl_loaderror_detail
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT usesuper FROM pg_catalog.pg_user WHERE usename = CURRENT_USER);
GRANT SELECT ON pg_catalog.stl_loaderror_detail TO PUBLIC;

CREATE TABLE pg_internal.stl_replacements (
    userid int, query int, slice int, tbl int, starttime timestamp, session int, filename char(256), line_number bigint,
    colname char(127), raw_line char(1024)
);
CREATE VIEW pg_catalog.stl_replacements AS
    SELECT * FROM pg_internal.stl_replacements
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT usesuper FROM pg_catalog.pg_user WHERE usename = CURRENT_USER);
GRANT SELECT ON pg_catalog.stl_replacements TO PUBLIC;
