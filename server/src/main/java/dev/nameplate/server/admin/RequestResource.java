package dev.nameplate.server.admin;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.store.DecideOutcome;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Requests that wait for an operator: looked at, approved and denied.
@Path("requests")
@Produces(MediaType.APPLICATION_JSON)
public final class RequestResource {

  private static final int LONGEST_REASON = 500;

  private final RequestStore requests;
  private final Places places;
  private final Duration life;
  private final InstantSource clock;
  private final Views views;

  /// @param life how long a decision holds
  RequestResource(
      RequestStore requests, Places places, Duration life, InstantSource clock, Views views) {
    this.requests = requests;
    this.places = places;
    this.life = life;
    this.clock = clock;
    this.views = views;
  }

  /// A page of requests that an operator has to decide, or has decided.
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.PendingRequests list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("label") @Nullable String label,
      @QueryParam("device") @Nullable String device,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext operator) {
    int most = Parameters.limit(limit);
    var page =
        requests.list(
            new RequestQuery(
                Parameters.state(State.class, state),
                Optional.ofNullable(label),
                Optional.ofNullable(device).map(Parameters::deviceId).map(DeviceId::owner),
                Optional.ofNullable(after).map(text -> id("after", text)),
                most,
                places.within(Operator.of(operator).reach())));
    var next = page.size() < most ? null : page.getLast().id().value();
    return new AdminApi.PendingRequests(page.stream().map(this::view).toList(), next);
  }

  /// One request.
  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.SECURITY_OFFICER})
  @Limited(Limited.By.REQUEST)
  public AdminApi.PendingRequest show(@PathParam("id") String id) {
    return requests.find(id("id", id)).map(this::view).orElseThrow(() -> unknown(id));
  }

  /// Lets a request through, once.
  @POST
  @Path("{id}/approve")
  @RolesAllowed(Role.SECURITY_OFFICER)
  @Limited(Limited.By.REQUEST)
  public AdminApi.Decided approve(@PathParam("id") String id, @Context SecurityContext operator) {
    var by = operator.getUserPrincipal().getName();
    return answer(id, requests.approve(id("id", id), life, clock.instant(), by));
  }

  /// Refuses a request, with a reason that its device is told.
  @POST
  @Path("{id}/deny")
  @RolesAllowed(Role.SECURITY_OFFICER)
  @Limited(Limited.By.REQUEST)
  @Consumes(MediaType.APPLICATION_JSON)
  public AdminApi.Decided deny(
      @PathParam("id") String id, AdminApi.@Nullable Deny body, @Context SecurityContext operator) {
    var reason = Parameters.required("reason", Parameters.body(body).reason()).strip();
    if (reason.length() > LONGEST_REASON) {
      throw ProblemException.invalid("reason: longer than " + LONGEST_REASON + " characters");
    }
    var by = operator.getUserPrincipal().getName();
    return answer(id, requests.deny(id("id", id), reason, life, clock.instant(), by));
  }

  private AdminApi.Decided answer(String id, DecideOutcome outcome) {
    return switch (outcome) {
      case DecideOutcome.Decided(var request) -> new AdminApi.Decided(view(request), false);
      case DecideOutcome.Already(var request) -> new AdminApi.Decided(view(request), true);
      case DecideOutcome.TooLate(var request) ->
          throw ProblemException.conflict("decided", "request " + id + " " + standing(request));
      case DecideOutcome.NotFound() -> throw unknown(id);
    };
  }

  private String standing(PendingRequest request) {
    return switch (request.stateAt(clock.instant())) {
      case PENDING -> "waits";
      case APPROVED -> "was approved";
      case USED -> "was approved, and its certificate was collected";
      case DENIED ->
          request.decision().map(was -> "was denied by " + was.by() + " at " + was.at()).orElse("");
      case EXPIRED -> "expired at " + request.expiresAt();
      case REPLACED -> "was replaced by a newer request of the same device";
      case VOIDED -> "ended when " + request.owner() + " was retired";
    };
  }

  private AdminApi.PendingRequest view(PendingRequest request) {
    return views.request(request, clock.instant());
  }

  private static PendingRequest.Id id(String name, String text) {
    return Parameters.value(name, text, PendingRequest.Id::new);
  }

  private static ProblemException unknown(String id) {
    return ProblemException.notFound("there is no request " + id);
  }
}
