/// How a certificate is taken back, and how the list of those that were is made and published.
/// Knows no timer and no socket: when to look is the job runner's business, where the list is read
/// is the status listener's.
@NullMarked
package dev.nameplate.ca.revocation;

import org.jspecify.annotations.NullMarked;
