package dev.nameplate.est.coap;

import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.est.Operations;
import dev.nameplate.est.Peer;
import dev.nameplate.est.UnreadableBodyException;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;

/// One function of EST under one label.
final class EstResource extends CoapResource {

  private final EstFunction function;
  private final String label;
  private final Operations operations;
  private final Workers workers;

  /// @param listed whether `/.well-known/core` names it
  EstResource(
      EstFunction function, String label, boolean listed, Operations operations, Workers workers) {
    super(function.path(), listed);
    this.function = function;
    this.label = label;
    this.operations = operations;
    this.workers = workers;
    getAttributes().addResourceType(function.resourceType());
    getAttributes().addAttribute("ct", function.formats());
  }

  @Override
  public void handleRequest(Exchange exchange) {
    workers.answer(exchange, function, peer -> answer(exchange, peer));
  }

  private Response answer(Exchange exchange, Peer peer) throws UnreadableBodyException {
    var request = exchange.getRequest();
    var accept = request.getOptions().getAccept();
    var success = request.getCode() == Code.GET ? ResponseCode.CONTENT : ResponseCode.CHANGED;
    // whoever says nothing gets certs-only (RFC 9148 section 4.3)
    var usual =
        switch (function) {
          case CRTS, SEN, SREN -> ContentFormat.CERTS_ONLY;
          case ATT -> ContentFormat.CSR_ATTRIBUTES;
          case SKG, SKC -> ContentFormat.MULTIPART;
        };
    var format = accept == MediaTypeRegistry.UNDEFINED ? usual : accept;
    return switch (function) {
      case CRTS, ATT -> {
        if (request.getCode() != Code.GET) {
          yield notAllowed();
        }
        if (format != usual) {
          yield notAcceptable();
        }
        yield CoapReply.of(
            function == EstFunction.CRTS ? operations.caCerts(label) : operations.csrAttrs(label),
            success,
            format);
      }
      case SEN, SREN -> {
        var purpose = function == EstFunction.SEN ? Purpose.ENROLL : Purpose.REENROLL;
        yield format == ContentFormat.CERTS_ONLY || format == ContentFormat.PKIX_CERT
            ? posted(
                request,
                () ->
                    CoapReply.of(
                        operations.enroll(label, peer, request::getPayload, purpose),
                        success,
                        format))
            : notAcceptable();
      }
      case SKG, SKC -> {
        var certificate =
            function == EstFunction.SKG ? ContentFormat.CERTS_ONLY : ContentFormat.PKIX_CERT;
        yield format == ContentFormat.MULTIPART
            ? posted(
                request,
                () ->
                    CoapReply.of(
                        operations.serverKeygen(label, peer, request::getPayload),
                        success,
                        certificate))
            : notAcceptable();
      }
    };
  }

  /// What answers a request with a PKCS#10 in it.
  @FunctionalInterface
  private interface Issuing {
    Response answer() throws UnreadableBodyException;
  }

  private Response posted(Request request, Issuing issuing) throws UnreadableBodyException {
    if (request.getCode() != Code.POST) {
      return notAllowed();
    }
    if (request.getOptions().getContentFormat() != ContentFormat.PKCS10) {
      return CoapReply.error(
          ResponseCode.UNSUPPORTED_CONTENT_FORMAT, "This takes application/pkcs10 (286) only.");
    }
    return issuing.answer();
  }

  private Response notAllowed() {
    return CoapReply.error(
        ResponseCode.METHOD_NOT_ALLOWED,
        "/" + function.path() + " is not called with this method.");
  }

  private Response notAcceptable() {
    return CoapReply.error(
        ResponseCode.NOT_ACCEPTABLE,
        "/" + function.path() + " answers in Content-Format " + function.formats() + ".");
  }
}
