/// What proves the audit log outside the database: checkpoints in a file, in syslog, and beside the
/// CRLs; the log as a file, and the check of all that. Knows no listener.
@NullMarked
package dev.nameplate.server.audit;

import org.jspecify.annotations.NullMarked;
