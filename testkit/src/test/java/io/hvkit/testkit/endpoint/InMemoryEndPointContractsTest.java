package io.hvkit.testkit.endpoint;

import io.hvkit.core.HostId;
import org.junit.jupiter.api.Nested;

/** The end point in memory keeps every contract. */
class InMemoryEndPointContractsTest {

    private final InMemoryStorageHost host = new InMemoryStorageHost(new HostId("in-memory"));

    @Nested
    class AnyEndPoint extends EndPointContract {
        @Override
        protected EndPointUnderTest underTest() {
            return host;
        }
    }

    @Nested
    class Imaging extends ImagesContract {
        @Override
        protected EndPointUnderTest underTest() {
            return host;
        }
    }

    @Nested
    class Copying extends CopiesContract {
        @Override
        protected EndPointUnderTest underTest() {
            return host;
        }
    }

    @Nested
    class Locking extends LuksContract {
        @Override
        protected EndPointUnderTest underTest() {
            return host;
        }
    }
}
