//! The region that the body of `CreateBucket` names, which policies see as `s3:LocationConstraint`.

use crate::xml;

/// None where the body names none; what else is wrong with it, the service says.
pub(crate) fn location_constraint(body: &[u8]) -> Option<String> {
    let mut region = None;
    let walked = xml::walk(body, |path, text| {
        if let ["CreateBucketConfiguration", "LocationConstraint"] = path {
            region = Some(text.trim().to_owned());
        }
        Ok(())
    });
    region.filter(|region| walked.is_ok() && !region.is_empty())
}
