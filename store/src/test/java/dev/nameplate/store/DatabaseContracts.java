package dev.nameplate.store;

import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.testing.AdministratorStoreContract;
import dev.nameplate.ca.testing.AuditLogContract;
import dev.nameplate.ca.testing.CertificateStoreContract;
import dev.nameplate.ca.testing.CheckpointContract;
import dev.nameplate.ca.testing.CrlStoreContract;
import dev.nameplate.ca.testing.DeviceSearchContract;
import dev.nameplate.ca.testing.HoldContract;
import dev.nameplate.ca.testing.IssuerStoreContract;
import dev.nameplate.ca.testing.LeaseStoreContract;
import dev.nameplate.ca.testing.LifeContract;
import dev.nameplate.ca.testing.OwnerStoreContract;
import dev.nameplate.ca.testing.QuarantineContract;
import dev.nameplate.ca.testing.RequestStoreContract;
import dev.nameplate.ca.testing.RetirementStoreContract;
import dev.nameplate.ca.testing.ServiceSignerContract;
import dev.nameplate.ca.testing.SightingStoreContract;
import dev.nameplate.ca.testing.StatusChangesContract;
import dev.nameplate.ca.testing.StoreContract.Stores;
import dev.nameplate.ca.testing.TrustStoreContract;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;

/// Every contract, over one kind of database.
abstract class DatabaseContracts {

  private final TestDatabase kind;

  DatabaseContracts(TestDatabase kind) {
    this.kind = kind;
  }

  private Database database(InstantSource clock) {
    return Database.open(
        kind.fresh(),
        clock,
        new Random(1),
        "test",
        fatal -> {
          throw fatal;
        });
  }

  private Stores stores(InstantSource clock) {
    return stores(database(clock));
  }

  static Stores stores(Database database) {
    return new Stores(
        database.certificates(),
        database.owners(),
        database.requests(),
        database.crls(),
        database.issuers(),
        database.anchors(),
        database.stations(),
        database.leases(),
        database.statusChanges(),
        database.audit(),
        database.administrators(),
        database::close);
  }

  @Nested
  class Certificates extends CertificateStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Holds extends HoldContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Owners extends OwnerStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Lives extends LifeContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Searches extends DeviceSearchContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Requests extends RequestStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Crls extends CrlStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Issuers extends IssuerStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Trust extends TrustStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Leases extends LeaseStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Changes extends StatusChangesContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Signers extends ServiceSignerContract {
    @Override
    protected ServiceSignerContract.Opened open(InstantSource clock) {
      var database = database(clock);
      return new ServiceSignerContract.Opened(
          database.serviceSigners(), database.audit(), database::close);
    }
  }

  @Nested
  class Retirements extends RetirementStoreContract {
    @Override
    protected RetirementStoreContract.Opened openAll(InstantSource clock) {
      var database = database(clock);
      return new RetirementStoreContract.Opened(stores(database), database.retirements());
    }
  }

  @Nested
  class Quarantines extends QuarantineContract {
    @Override
    protected QuarantineContract.Opened open(InstantSource clock) {
      var database = database(clock);
      return new QuarantineContract.Opened(
          database.quarantines(),
          database.certificates(),
          database.crls(),
          database.issuers(),
          database::close);
    }
  }

  @Nested
  class Checkpoints extends CheckpointContract {
    @Override
    protected CheckpointContract.Opened open(InstantSource clock) {
      var database = database(clock);
      return new CheckpointContract.Opened(
          database.checkpoints(), database.audit(), database::close);
    }
  }

  @Nested
  class Audit extends AuditLogContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }

  @Nested
  class Sightings extends SightingStoreContract {
    private @Nullable SightingStore sightings;

    @Override
    protected Stores open(InstantSource clock) {
      var database = database(clock);
      sightings = database.sightings();
      return stores(database);
    }

    @Override
    protected SightingStore sightings() {
      return Objects.requireNonNull(sightings);
    }
  }

  @Nested
  class Administrators extends AdministratorStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return stores(clock);
    }
  }
}
