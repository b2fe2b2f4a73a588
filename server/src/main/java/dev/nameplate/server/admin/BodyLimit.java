package dev.nameplate.server.admin;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/// Reads a request's body whole, and no more of it than any request here needs.
@Priority(Priorities.ENTITY_CODER)
final class BodyLimit implements ContainerRequestFilter {

  static final int BYTES = 16 * 1024;

  @Override
  public void filter(ContainerRequestContext request) throws IOException {
    if (!request.hasEntity()) {
      return;
    }
    var body = request.getEntityStream().readNBytes(BYTES + 1);
    if (body.length > BYTES) {
      throw ProblemException.tooLarge("a body of more than " + BYTES + " bytes");
    }
    request.setEntityStream(new ByteArrayInputStream(body));
  }
}
