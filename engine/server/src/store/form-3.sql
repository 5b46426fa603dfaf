-- Step plugins: the kinds that a component brings, JSON, and the plugins that a campaign is pinned to, behind its files.
ALTER TABLE components ADD COLUMN step_kinds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaign_files ADD COLUMN is_plugin INTEGER NOT NULL DEFAULT 0;
