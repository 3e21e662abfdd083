"""sqlalchemy-redshift over psycopg2 and redshift_connector: its DDL, reflection, its COPY and UNLOAD constructs."""

import os
import warnings

import sqlalchemy as sa
from facts import BUCKET, CA_FILE, DATABASE, HOST, PASSWORD, PORT, ROLE, USER, equal, objects, put, refused
from sqlalchemy_redshift.commands import CopyCommand, Format, UnloadFromSelect
from walk import LINES, ROWS

os.environ["SSL_CERT_FILE"] = CA_FILE
VERIFIED = {
    "psycopg2": {"sslmode": "verify-full", "sslrootcert": CA_FILE},
    "redshift_connector": {"sslmode": "verify-full"},
}


def engine(driver):
    url = sa.URL.create(f"redshift+{driver}", USER, PASSWORD, HOST, PORT, DATABASE)
    return sa.create_engine(url, connect_args=VERIFIED[driver])


def tables(driver):
    metadata = sa.MetaData()
    name = sa.Column("name", sa.String(40), info={"encode": "lzo"}, redshift_encode="lzo")
    cities = sa.Table(
        f"cities_{driver}", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), name,
        redshift_diststyle="KEY", redshift_distkey="id", redshift_sortkey=("id", "name"),
    )
    visits = sa.Table(
        f"visits_{driver}", metadata, sa.Column("city", sa.Integer, sa.ForeignKey(cities.c.id)),
        sa.Column("cost", sa.Numeric(12, 2), nullable=False), sa.Column("at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("city", "at"),
    )
    return metadata, cities, visits


def reflection(connection, cities, visits):
    """What the tables were made of is read back from the catalog."""
    inspector = sa.inspect(connection)
    names = inspector.get_table_names()
    equal([name in names for name in (cities.name, visits.name)], [True, True], "names of tables")
    columns = {column["name"]: column for column in inspector.get_columns(visits.name)}
    told = [(name, str(column["type"]), column["nullable"]) for name, column in columns.items()]
    expected = [("city", "INTEGER", True), ("cost", "NUMERIC(12, 2)", False), ("at", "TIMESTAMPTZ", True)]
    equal(told, expected, "reflected columns")
    primary = inspector.get_pk_constraint(cities.name)
    equal(primary, {"constrained_columns": ["id"], "name": f"{cities.name}_pkey"}, "the reflected primary key")
    [foreign] = inspector.get_foreign_keys(visits.name)
    seen = (foreign["constrained_columns"], foreign["referred_table"], foreign["referred_columns"])
    equal(seen, (["city"], cities.name, ["id"]), "the reflected foreign key")
    unique = [each["column_names"] for each in inspector.get_unique_constraints(visits.name)]
    equal(unique, [["city", "at"]], "reflected unique constraints")
    options = inspector.get_table_options(cities.name)
    equal((options["redshift_diststyle"], options["redshift_distkey"]), ("KEY", "id"), "the reflected distribution")
    reflected = sa.Table(visits.name, sa.MetaData(), autoload_with=connection)
    equal([column.name for column in reflected.columns], ["city", "cost", "at"], "columns of a reflected table")
    equal([key.target_fullname for key in reflected.foreign_keys], [f"{cities.name}.id"], "its foreign keys")


def copy_and_unload(connection, cities):
    url = put("in/a.csv", LINES)
    connection.execute(CopyCommand(cities, url, iam_role_arns=ROLE, format=Format.csv, ignore_header=1))
    rows = connection.execute(sa.select(cities).order_by(cities.c.id)).fetchall()
    equal([tuple(row) for row in rows], ROWS, "rows of CopyCommand")
    to = f"s3://{BUCKET}/out/{cities.name}_"
    select = sa.select(cities).where(cities.c.id == 2)
    connection.execute(UnloadFromSelect(select, to, iam_role_arns=ROLE, delimiter="|", parallel=False))
    equal(objects(f"out/{cities.name}_"), {f"out/{cities.name}_000": "2|two, too\n"}, "objects of UnloadFromSelect")


def refusals(connection, cities):
    statement = CopyCommand(cities, f"s3://{BUCKET}/in/a.csv", iam_role_arns=f"{ROLE}x", format=Format.csv)
    by = f"is not authorized to assume IAM Role {ROLE}x"
    refused(sa.exc.DBAPIError, lambda: connection.execute(statement), by, "a role that is not attached")
    connection.rollback()
    connection.execute(sa.text("create user guest password 'Guest0Passw0rd'"))
    connection.execute(sa.text("set session authorization guest"))
    error = refused(sa.exc.DBAPIError, lambda: connection.execute(cities.delete()), cities.name, "a DELETE without the right")
    equal(error.orig.pgcode, "42501", "SQLSTATE of a DELETE without the right")
    connection.rollback()


def load_error(connection, cities):
    url = put("bad/b.csv", "x,eight\n")
    statement = CopyCommand(cities, url, iam_role_arns=ROLE, format=Format.csv)
    failed = f"Load into table '{cities.name}' failed.  Check 'stl_load_errors' system table for details."
    refused(sa.exc.DBAPIError, lambda: connection.execute(statement), failed, "a load error")
    connection.rollback()
    query = sa.text("select trim(colname), err_code from stl_load_errors where filename = :url order by query desc limit 1")
    equal(connection.execute(query, {"url": url}).fetchone(), ("id", 1207), "stl_load_errors after the rollback")


# The dialect tells of its own leftovers of SQLAlchemy 1.
warnings.simplefilter("ignore", sa.exc.SAWarning)
for driver in VERIFIED:
    metadata, cities, visits = tables(driver)
    with engine(driver).connect() as connection:
        metadata.create_all(connection)
        connection.commit()
        reflection(connection, cities, visits)
        if driver == "psycopg2":  # redshift_connector binds on the server, where COPY takes no parameters
            copy_and_unload(connection, cities)
            connection.commit()
            load_error(connection, cities)
            refusals(connection, cities)
print("sqlalchemy-redshift: DDL and reflection over two drivers; CopyCommand, UnloadFromSelect, a load error, refusals")
