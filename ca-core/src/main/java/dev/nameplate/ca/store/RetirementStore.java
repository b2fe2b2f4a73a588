package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Remembers what is to be retired, what was, and the proof of it. Every change writes its audit
/// event in the same transaction. A method that returns has committed; all may be called from many
/// threads at once, and throw [StoreException] if the store cannot do its work now.
public interface RetirementStore {

  /// Keeps a new plan, and its devices as PENDING. It is WAITING if [PlanRules#needsApproval], by
  /// what its requester's plans come to at that moment.
  ///
  /// @return as it is kept
  RetirementPlan add(RetirementPlan plan, List<PlannedDevice> devices, int fourEyesAbove);

  /// How many devices plans of this requester, that nobody else approved, have retired within
  /// [PlanRules#FOUR_EYES_WITHIN], or may retire still.
  int unapproved(String requester, Instant now);

  /// Does by [PlanRules], under the plan's lock, and writes down what was refused, too. A plan that
  /// is resumed has its FAILED devices PENDING again; one with PENDING devices is not finished.
  PlanOutcome act(RetirementPlan.Id plan, PlanAct act, Instant now);

  /// Retires one device as [OwnerStore#retire] does, keeps the plan's wipe evidence for it, and
  /// writes what became of it, all in one transaction: killed at any time, it is all there or
  /// nothing is. Empty, and nothing changed, if the plan is not RUNNING or the device not PENDING.
  ///
  /// A device in another epoch than was planned is FAILED.
  Optional<PlanItem> retire(RetirementPlan.Id plan, Owner device, Instant now);

  /// A device that is PENDING could not be retired.
  ///
  /// @return whether it was PENDING
  boolean fail(RetirementPlan.Id plan, Owner device, String why, Instant now);

  Optional<RetirementPlan> find(RetirementPlan.Id plan);

  /// The newest plan with a SHA-256 that begins so.
  Optional<RetirementPlan> findByHash(String prefix);

  /// In any of these states, newest first.
  List<RetirementPlan> list(List<RetirementPlan.State> states, int limit);

  /// Devices of a plan in the order of their names.
  ///
  /// @param state empty for all
  /// @param after the name of the last one of the page before
  List<PlanItem> items(
      RetirementPlan.Id plan, Optional<PlanItem.State> state, Optional<String> after, int limit);

  Map<PlanItem.State, Integer> progress(RetirementPlan.Id plan);

  /// How many plans are in each state.
  Map<RetirementPlan.State, Integer> countPlans();

  /// How many devices of plans are in each state.
  Map<PlanItem.State, Integer> countItems();

  /// By which plan this identity of the device was retired.
  Optional<PlanItem> retirement(Owner device, int epoch);

  /// DONE devices whose revocation nobody has seen yet, in the order of their names.
  List<PlanItem> unseen(Optional<String> after, int limit);

  /// Keeps what was seen of all certificates of a retired device.
  void seen(Owner device, int epoch, List<SeenRevoked> certificates, Instant now);

  List<SeenRevoked> seen(Owner device, int epoch);

  /// DONE devices that were seen, have wipe evidence, and no receipt.
  List<PlanItem> unfinished(Optional<String> after, int limit);

  /// Keeps evidence for a device that is being retired; the newest counts.
  WipeOutcome wipe(Owner device, WipeEvidence evidence, Instant now, String by);

  Optional<WipeRecord> wipe(Owner device, int epoch);

  /// What of this device never comes back.
  List<Tombstone> tombstones(Owner device);

  /// The device is RETIRED from now on, and its receipt kept, in one transaction.
  ///
  /// @param signed the wipe that the receipt tells of; refused if another one was recorded since
  FinishOutcome finish(StoredReceipt receipt, WipeRecord signed, String by, Instant now);

  Optional<StoredReceipt> receipt(Owner device, int epoch);

  /// Of one device or of all, in the order of names and epochs.
  ///
  /// @param after the last one of the page before
  List<StoredReceipt> receipts(Optional<Owner> device, Optional<StoredReceipt> after, int limit);
}
