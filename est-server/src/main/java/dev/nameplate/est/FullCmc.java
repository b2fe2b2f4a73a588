package dev.nameplate.est;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `POST /fullcmc`.
@Path(".well-known/est")
public final class FullCmc {

  private static final MediaType PKCS7 = new MediaType("application", "pkcs7-mime");

  /// In octets of base64: more than elsewhere, for the signer and the request are in one message.
  private static final int LARGEST = 48 * 1024;

  private final FullPki fullPki;

  FullCmc(FullPki fullPki) {
    this.fullPki = fullPki;
  }

  @POST
  @Path("fullcmc")
  public Response post(@Context HttpServletRequest request, InputStream body) {
    return post(fullPki.settings().defaultLabel(), request, body);
  }

  @POST
  @Path("{label}/fullcmc")
  public Response post(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    try {
      // to its end before anybody is refused: what is left unread would cost the connection
      var posted = Base64Body.read(body, request.getContentLengthLong(), LARGEST);
      return isCmcRequest(request.getContentType())
          ? EstReply.of(fullPki.answer(label, Http.peer(request), posted), posted.lines())
          : EstReply.error(
              415, "This EST operation takes application/pkcs7-mime; smime-type=CMC-request only.");
    } catch (UnreadableBodyException unreadable) {
      return EstReply.error(unreadable.status(), unreadable.reason());
    }
  }

  /// RFC 7030 section 4.3.1. A client that leaves the smime-type out means nothing else.
  private static boolean isCmcRequest(@Nullable String contentType) {
    try {
      var type = MediaType.valueOf(contentType == null ? "" : contentType);
      return type.isCompatible(PKCS7)
          && !type.isWildcardType()
          && Optional.ofNullable(type.getParameters().get("smime-type"))
              .map("CMC-request"::equalsIgnoreCase)
              .orElse(true);
    } catch (IllegalArgumentException notAMediaType) {
      return false;
    }
  }
}
