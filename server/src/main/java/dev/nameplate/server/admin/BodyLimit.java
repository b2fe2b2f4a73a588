package dev.nameplate.server.admin;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.PathSegment;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/// Reads a request's body whole, and no more of it than any request here needs.
@Priority(Priorities.ENTITY_CODER)
final class BodyLimit implements ContainerRequestFilter {

  static final int BYTES = 16 * 1024;

  /// A plan that names all its devices.
  static final int PLAN_BYTES = 2 * 1024 * 1024;

  /// A CRL that is imported: of some 200,000 certificates.
  static final int CRL_BYTES = 16 * 1024 * 1024;

  /// A part of an import of devices: [InventoryApi#MOST_CHARACTERS], however they are written.
  static final int INVENTORY_BYTES = 2 * 1024 * 1024;

  /// The names of [TransferApi#MOST_DEVICES].
  static final int NAMES_BYTES = 128 * 1024;

  /// The package of as many devices, with the history of each.
  static final int PACKAGE_BYTES = 16 * 1024 * 1024;

  /// A thousand sightings.
  static final int SIGHTINGS_BYTES = 256 * 1024;

  @Override
  public void filter(ContainerRequestContext request) {
    if (!request.hasEntity()) {
      return;
    }
    int most = most(request.getUriInfo().getPathSegments());
    byte[] body;
    try {
      body = request.getEntityStream().readNBytes(most + 1);
    } catch (IOException broken) {
      // the client's connection, or its patience: no fault of ours
      throw ProblemException.invalid("the body did not arrive whole");
    }
    if (body.length > most) {
      throw ProblemException.tooLarge("a body of more than " + most + " bytes");
    }
    request.setEntityStream(new ByteArrayInputStream(body));
  }

  private static int most(List<PathSegment> path) {
    var segments = path.stream().map(PathSegment::getPath).toList();
    if (segments.size() == 3 && segments.getFirst().equals("crls")) {
      return segments.getLast().equals("import") ? CRL_BYTES : BYTES;
    }
    return switch (String.join("/", segments)) {
      case "sightings" -> SIGHTINGS_BYTES;
      case "plans" -> PLAN_BYTES;
      case "inventory/import" -> INVENTORY_BYTES;
      case "inventory/transfer" -> NAMES_BYTES;
      case "inventory/receive" -> PACKAGE_BYTES;
      default -> BYTES;
    };
  }
}
