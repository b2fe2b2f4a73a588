package dev.nameplate.server.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.ext.ContextResolver;

/// Has JAX-RS write and read JSON as [AdminApi#json] does.
final class JsonForm implements ContextResolver<ObjectMapper> {

  private final ObjectMapper json = AdminApi.json();

  @Override
  public ObjectMapper getContext(Class<?> type) {
    return json;
  }
}
