package dev.nameplate.server.admin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a route answers that makes its own `Response`, for those who read about it: the return type
/// does not tell.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Answers {

  /// The record in the body.
  Class<?> value();

  /// The status of success: mostly that something was made.
  int[] status() default {201};
}
