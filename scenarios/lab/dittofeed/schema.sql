-- The system before migrations 0009 and 0010, which are in migrations.cpp. Runs as the tables'
-- owner, which is neither the application nor a superuser.

CREATE TABLE "Workspace" (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleting')),
    "createdAt" timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE "WorkspaceMember" (
    id uuid PRIMARY KEY,
    "workspaceId" uuid NOT NULL REFERENCES "Workspace" (id) ON DELETE CASCADE,
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'member')),
    "passwordHash" text NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE ("workspaceId", email)
);

CREATE TABLE "WorkspaceQuota" (
    "workspaceId" uuid PRIMARY KEY REFERENCES "Workspace" (id) ON DELETE CASCADE,
    segments integer NOT NULL CHECK (segments >= 0),
    journeys integer NOT NULL CHECK (journeys >= 0),
    templates integer NOT NULL CHECK (templates >= 0)
);

CREATE TABLE "Segment" (
    id uuid PRIMARY KEY,
    "workspaceId" uuid NOT NULL REFERENCES "Workspace" (id) ON DELETE CASCADE,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'archived')),
    definition text NOT NULL DEFAULT '',
    "createdAt" timestamptz NOT NULL DEFAULT clock_timestamp(),
    "updatedAt" timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE "Journey" (LIKE "Segment" INCLUDING ALL);
ALTER TABLE "Journey" ADD FOREIGN KEY ("workspaceId") REFERENCES "Workspace" (id) ON DELETE CASCADE;

CREATE TABLE "MessageTemplate" (LIKE "Segment" INCLUDING ALL);
ALTER TABLE "MessageTemplate"
    ADD FOREIGN KEY ("workspaceId") REFERENCES "Workspace" (id) ON DELETE CASCADE;

CREATE TABLE "AuditLog" (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    "workspaceId" uuid NOT NULL REFERENCES "Workspace" (id) ON DELETE CASCADE,
    actor text NOT NULL,
    action text NOT NULL,
    resource text NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE "Migration" (
    name text PRIMARY KEY,
    "appliedAt" timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON "Workspace", "WorkspaceMember", "WorkspaceQuota", "Segment", "Journey", "MessageTemplate"
    TO dittofeed_app;
GRANT SELECT, INSERT ON "AuditLog" TO dittofeed_app;
