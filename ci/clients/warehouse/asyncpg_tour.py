"""asyncpg, which sends everything prepared and in binary: the walk, parameters, a transaction, a cursor, a pool."""

import asyncio
import ssl

import asyncpg
from facts import CA_FILE, DATABASE, HOST, PASSWORD, PORT, USER, equal
from walk import ROWS, walk

loop = asyncio.new_event_loop()


def arguments(user, password, ca_file):
    trust = ssl.create_default_context(cafile=ca_file)
    return {"host": HOST, "port": PORT, "database": DATABASE, "user": user, "password": password, "ssl": trust}


class Session:
    """asyncpg under the names of the walk; it is in no transaction of its own."""

    def __init__(self, user, password, ca_file):
        self.told = []
        self.connection = loop.run_until_complete(asyncpg.connect(**arguments(user, password, ca_file)))
        self.connection.add_log_listener(lambda _, notice: self.told.append(notice.message))

    def run(self, sql):
        return [tuple(row) for row in loop.run_until_complete(self.connection.fetch(sql))]

    def refusal(self, sql):
        try:
            self.run(sql)
        except asyncpg.PostgresError as error:
            return error.sqlstate, error.message, error.detail
        raise SystemExit(f"was accepted: {sql}")

    def commit(self):
        pass

    rollback = commit

    def close(self):
        loop.run_until_complete(self.connection.close())

    def notices(self):
        return self.told


async def more():
    connection = await asyncpg.connect(**arguments(USER, PASSWORD, CA_FILE))
    await connection.execute("create table more (id integer, name varchar(40))")
    await connection.executemany("insert into more values ($1, $2)", ROWS)
    statement = await connection.prepare("select id, name from more where id >= $1 order by id")
    equal([tuple(row) for row in await statement.fetch(2)], ROWS[1:], "rows of a prepared statement")
    async with connection.transaction():
        rows = [tuple(row) async for row in connection.cursor("select id, name from more order by id", prefetch=2)]
        equal(rows, ROWS, "rows of a cursor")
    try:
        async with connection.transaction():
            await connection.execute("delete from more")
            raise InterruptedError
    except InterruptedError:
        equal(await connection.fetchval("select count(*) from more"), 3, "rows after a rollback")
    await connection.close()


walk(Session, ssl.SSLError)
loop.run_until_complete(more())
print("asyncpg: the walk; parameters, cursor, rollback")
