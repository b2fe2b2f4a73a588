package dev.nameplate.ca.memory;

import dev.nameplate.ca.testing.AdministratorStoreContract;
import dev.nameplate.ca.testing.AuditLogContract;
import dev.nameplate.ca.testing.CertificateStoreContract;
import dev.nameplate.ca.testing.CrlStoreContract;
import dev.nameplate.ca.testing.DeviceSearchContract;
import dev.nameplate.ca.testing.HoldContract;
import dev.nameplate.ca.testing.IssuerStoreContract;
import dev.nameplate.ca.testing.LeaseStoreContract;
import dev.nameplate.ca.testing.LifeContract;
import dev.nameplate.ca.testing.OwnerStoreContract;
import dev.nameplate.ca.testing.RequestStoreContract;
import dev.nameplate.ca.testing.StatusChangesContract;
import dev.nameplate.ca.testing.TrustStoreContract;
import java.time.InstantSource;
import org.junit.jupiter.api.Nested;

class InMemoryStoreTest {

  @Nested
  class Certificates extends CertificateStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Holds extends HoldContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Owners extends OwnerStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Lives extends LifeContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Searches extends DeviceSearchContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Requests extends RequestStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Crls extends CrlStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Issuers extends IssuerStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Trust extends TrustStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Leases extends LeaseStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Changes extends StatusChangesContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Audit extends AuditLogContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }

  @Nested
  class Administrators extends AdministratorStoreContract {
    @Override
    protected Stores open(InstantSource clock) {
      return Stores.of(new InMemoryStore(clock));
    }
  }
}
