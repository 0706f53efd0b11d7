CREATE TABLE jobs(id bigserial PRIMARY KEY, payload jsonb NOT NULL, status smallint NOT NULL DEFAULT 0, attempts int NOT NULL DEFAULT 0, locked_at timestamptz, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX jobs_queued ON jobs(id) WHERE status = 0;
