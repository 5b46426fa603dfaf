-- Campaigns that wait for their time: when, as the campaign's document says it, and when that is next, in milliseconds since the Unix
-- epoch; and which schedule started one.
ALTER TABLE campaigns ADD COLUMN schedule TEXT;
ALTER TABLE campaigns ADD COLUMN next INTEGER;
ALTER TABLE campaigns ADD COLUMN scheduled_by TEXT;
CREATE INDEX campaigns_by_next ON campaigns (next) WHERE next IS NOT NULL;
CREATE INDEX campaigns_by_schedule ON campaigns (scheduled_by) WHERE scheduled_by IS NOT NULL;
