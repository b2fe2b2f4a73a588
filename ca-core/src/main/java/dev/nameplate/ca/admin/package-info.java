/// What administrators may do, and where: roles, scopes, grants, and the rules by which they are
/// given. Nothing in here knows who is asking, or what an administrator is about to do.
@NullMarked
package dev.nameplate.ca.admin;

import org.jspecify.annotations.NullMarked;
