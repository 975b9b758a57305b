-- Sums by the hour, so that no page counts single requests.
create table usage_hourly (
  hour timestamptz not null,
  user_id text not null references users (id) on delete cascade,
  -- '' for requests without a key.
  api_key_id text not null,
  model text not null,
  provider text not null,
  requests bigint not null,
  errors bigint not null,
  unpriced bigint not null,
  cost_nano_usd bigint not null,
  input_uncached bigint not null,
  input_cache_read bigint not null,
  input_cache_write_5m bigint not null,
  input_cache_write_1h bigint not null,
  input_audio bigint not null,
  input_image bigint not null,
  output_text bigint not null,
  output_reasoning bigint not null,
  output_audio bigint not null,
  output_image bigint not null,
  images bigint not null,
  video_seconds bigint not null,
  primary key (user_id, hour, api_key_id, model, provider)
);
create index usage_hourly_by_hour on usage_hourly (hour);

-- Requests that are not part of the sums yet. A request enters it in the statement that writes it and leaves it in the
-- one that adds it to its hour, so that none is missing or counted twice, however late it comes.
create table usage_unrolled (
  request_id text primary key
);
insert into usage_unrolled (request_id) select request_id from usage_requests;
