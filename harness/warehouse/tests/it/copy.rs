//! COPY.

use crate::fixture::{Fixture, ROLE};

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_loaded_from_a_prefix() {
    let fixture = Fixture::start().await;
    fixture.s3.put("stage/in/1.txt", "1|one|2013-01-01\n2||\n");
    fixture.s3.put("stage/in/2.txt", "3|\\N|2013-01-03\n");
    let session = fixture.connect().await;
    session.run("create table t (id int not null, name varchar(8), day date)").await.unwrap();
    session.run(&format!("copy t from 's3://stage/in/' iam_role '{ROLE}'")).await.unwrap();
    assert_eq!(
        session.take_notices(),
        ["INFO: Load into table 't' completed, 3 record(s) loaded successfully."]
    );
    assert_eq!(
        session.rows("select * from t order by id").await,
        ["1|one|2013-01-01", "2||<null>", "3|<null>|2013-01-03"]
    );
}
