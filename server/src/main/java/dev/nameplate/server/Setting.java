package dev.nameplate.server;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What one setting means, in the words of `docs/settings.md`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {

  String NONE = "";

  /// One sentence for an operator.
  String value();

  /// What holds if the setting is not there, as it would be written. Without one it must be there,
  /// unless it is optional or a section.
  String byDefault() default NONE;
}
