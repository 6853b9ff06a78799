//! All pages of a list: what is on a page that was not asked for would be taken for gone.

use super::Failure;
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// `all_of(request.into_paginator().items().send(), "EC2: DescribeSubnets").await?`
pub async fn all_of<T, E>(
    pages: PaginationStream<Result<T, SdkError<E, HttpResponse>>>,
    operation: &'static str,
) -> Result<Vec<T>, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    pages.collect::<Result<Vec<T>, _>>().await.map_err(Failure::of(operation))
}
