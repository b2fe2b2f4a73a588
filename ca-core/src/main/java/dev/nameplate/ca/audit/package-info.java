/// What is written down, and how one row is chained to the next. Knows no database.
@NullMarked
package dev.nameplate.ca.audit;

import org.jspecify.annotations.NullMarked;
