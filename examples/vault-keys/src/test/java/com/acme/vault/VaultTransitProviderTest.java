package com.acme.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.key.KeyProvider.Wrapping;
import io.hvkit.engine.key.KeyProviderCheck;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class VaultTransitProviderTest {

    private static final String BINDING = "key/k1";

    private FakeTransit transit;
    private VaultTransitProvider provider;

    @BeforeEach
    void start() throws Exception {
        transit = new FakeTransit();
        transit.make("hvkit", "aes256-gcm96");
        provider = provider("hvkit", FakeTransit.TOKEN);
    }

    @AfterEach
    void stop() {
        provider.close();
        transit.close();
    }

    @Test
    void itKeepsThePromisesOfProviders() throws Exception {
        KeyProviderCheck.require(provider);
    }

    @Test
    void afterARotationOldKeysOpenAndNewOnesAreOfTheNewVersion() throws Exception {
        try (Secret key = Secret.random()) {
            Wrapping old = provider.wrap(key, BINDING);
            transit.rotate("hvkit");
            Wrapping fresh = provider.wrap(key, BINDING);

            assertEquals("vault:transit/hvkit:v1", old.masterKey());
            assertEquals("vault:transit/hvkit:v2", fresh.masterKey());
            assertEquals(fresh.masterKey(), provider.currentMasterKey());
            for (Wrapping wrapping : List.of(old, fresh)) {
                try (Secret again = provider.unwrap(wrapping, BINDING)) {
                    assertTrue(again.matches(key));
                }
            }
            transit.decryptOnlyFrom("hvkit", 2);
            DriverException refused = failure(Failure.BAD_CREDENTIALS, () -> provider.unwrap(old, BINDING));
            assertTrue(refused.getMessage().contains("versions 2 to 2"), refused.getMessage());
        }
    }

    @Test
    void whoIsNotLetInHearsSoAndTheTokenIsNotSaid() throws Exception {
        try (VaultTransitProvider stranger = provider("hvkit", "hvs.wrong-token");
                Secret key = Secret.random()) {
            DriverException refused = failure(Failure.BAD_CREDENTIALS, () -> stranger.wrap(key, BINDING));

            assertTrue(refused.getMessage().contains("permission denied"), refused.getMessage());
            assertFalse((refused + stranger.toString()).contains("wrong-token"));
        }
    }

    @Test
    void aKeyThatIsNotThereIsNotMadeInPassing() throws Exception {
        try (VaultTransitProvider other = provider("hvkti", FakeTransit.TOKEN);
                Secret key = Secret.random()) {
            DriverException refused = failure(Failure.NOT_FOUND, () -> other.wrap(key, BINDING));

            assertTrue(refused.getMessage().contains("vault write -f transit/keys/hvkti"), refused.getMessage());
            assertFalse(transit.has("hvkti"));
        }
    }

    @Test
    void aKeyThatBindsNothingIsRefused() throws Exception {
        transit.make("sign", "rsa-4096");
        try (VaultTransitProvider other = provider("sign", FakeTransit.TOKEN);
                Secret key = Secret.random()) {
            failure(Failure.UNSUPPORTED, () -> other.wrap(key, BINDING));
        }
    }

    @Test
    void aVaultThatIsSealedOrGoneIsUnreachableAndLaterAllIsWell() throws Exception {
        try (Secret key = Secret.random()) {
            Wrapping wrapping = provider.wrap(key, BINDING);
            transit.seal(true);
            failure(Failure.UNREACHABLE, () -> provider.unwrap(wrapping, BINDING));
            failure(Failure.UNREACHABLE, () -> provider.wrap(key, BINDING));
            transit.seal(false);
            try (Secret again = provider.unwrap(wrapping, BINDING)) {
                assertTrue(again.matches(key));
            }
            transit.close();
            failure(Failure.UNREACHABLE, () -> provider.unwrap(wrapping, BINDING));
        }
    }

    @Test
    void anEngineEncryptsWithItAndWrapsAnewAfterARotation() throws Exception {
        InMemoryStorageDriver storage = new InMemoryStorageDriver();
        try (HvKit hvkit = HvKit.open(HvKitConfig.on(InMemoryCatalog.empty())
                .keysFrom(provider("hvkit", FakeTransit.TOKEN))
                .driversFrom(
                        HypervisorDrivers.of(List.<HypervisorDriver>of()), StorageDrivers.of(List.of(storage))))) {
            ZoneRecord zone = hvkit.inventory().addZone("z1");
            PoolRecord pool = hvkit.inventory()
                    .addPool(PoolRecord.Reach.of(zone), PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
            VolumeRequest request = VolumeRequest.blank("root", ByteSize.gibibytes(1), pool.id());
            VolumeRecord first = hvkit.volumes().create(request.encrypted()).await();
            transit.rotate("hvkit");

            assertEquals(1, hvkit.keys().rewrap());
            assertEquals(0, hvkit.keys().rewrap());

            transit.decryptOnlyFrom("hvkit", 2);
            VolumeRecord grown = hvkit.volumes()
                    .grow(first.id(), ByteSize.gibibytes(2))
                    .await(); // opened by its key, which version 2 wraps now
            assertEquals(first.key(), grown.key());
            assertNotEquals(first.size(), grown.size());
        }
    }

    private VaultTransitProvider provider(String key, String token) {
        // tag::make[]
        try (Secret secret = Secret.copyOf(token.getBytes(StandardCharsets.US_ASCII))) {
            Vault vault = new Vault(transit.address(), secret, Duration.ofSeconds(20));
            return new VaultTransitProvider(vault, "transit", key);
        }
        // end::make[]
    }

    private static DriverException failure(Failure wanted, Executable call) {
        DriverException e = assertThrows(DriverException.class, call);
        assertEquals(wanted, e.failure(), e.getMessage());
        return e;
    }
}
