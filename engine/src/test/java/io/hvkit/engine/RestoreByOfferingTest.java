package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RestoreByOfferingTest {

    private static final Account DEV = Counted.OWNER;

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private HvKit hvkit;
    private Snapshot monday;

    @BeforeEach
    void take() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        VolumeRecord root = world.create(world.plain());
        world.write(root, 0, (byte) 'a');
        monday = world.take(root, "monday");
        hvkit = world.process();
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private static void refused(String message, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).as("refused").isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(thrown).hasMessageContaining(message);
    }

    private RestoreRequest request() {
        return RestoreRequest.of(monday.id(), "web-02-root", world.pool.id());
    }

    @Test
    void a_volume_that_is_restored_by_an_offering_has_its_terms_and_counts_by_it() throws Exception {
        OfferingRecord vault = hvkit.offerings()
                .add(DiskOffering.named("vault")
                        .encrypted()
                        .as(ImageFormat.QCOW2)
                        .of(SnapshotWorld.SIZE));

        VolumeRecord restored =
                hvkit.snapshots().restore(request().by(vault).ownedBy(DEV)).await();

        assertThat(restored.key()).isPresent();
        assertThat(restored.size()).isEqualTo(SnapshotWorld.SIZE);
        assertThat(hvkit.usage().holding(Thing.volume(restored.id()))).hasValueSatisfying(holding -> {
            assertThat(holding.offering()).contains(vault.id());
            assertThat(holding.account()).isEqualTo(DEV.id());
        });
        assertThat(world.content(restored)[0]).isEqualTo((byte) 'a');
    }

    @Test
    void one_that_nobody_is_named_for_counts_for_the_root_account() throws Exception {
        OfferingRecord plain = hvkit.offerings().add(DiskOffering.named("plain").as(ImageFormat.QCOW2));

        VolumeRecord restored = hvkit.snapshots().restore(request().by(plain)).await();

        assertThat(restored.key()).isEmpty();
        assertThat(hvkit.usage().holding(Thing.volume(restored.id())))
                .hasValueSatisfying(holding -> assertThat(holding.account()).isEqualTo(Account.ROOT.id()));
    }

    @Test
    void what_the_offering_does_not_have_is_not_made() throws Exception {
        OfferingRecord small = hvkit.offerings()
                .add(DiskOffering.named("small").as(ImageFormat.QCOW2).of(ByteSize.bytes(512)));
        OfferingRecord fast = hvkit.offerings()
                .add(DiskOffering.named("fast").as(ImageFormat.QCOW2).tagged("ssd"));
        OfferingRecord machines = hvkit.offerings().add(ServiceOffering.named("m1", 1, ByteSize.gibibytes(1)));

        refused(
                "small has volumes of",
                () -> hvkit.snapshots().restore(request().by(small)).await());
        refused("ssd", () -> hvkit.snapshots().restore(request().by(fast)).await());
        OfferingRecord plain = hvkit.offerings().add(DiskOffering.named("plain").as(ImageFormat.QCOW2));
        refused(
                "to be ENCRYPTED",
                () -> hvkit.snapshots().restore(request().by(plain).encrypted()).await());
        refused("m1", () -> request().by(machines));

        assertThat(hvkit.volumes().named("web-02-root")).isEmpty();
        try (Catalog catalog = world.catalog()) {
            List<ReadingRecord> readings =
                    catalog.inTransaction(transaction -> transaction.readings().page(Optional.empty(), 10));
            assertThat(readings).isEmpty();
        }
    }
}
