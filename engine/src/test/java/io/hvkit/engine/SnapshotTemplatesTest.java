package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Templates that are made of snapshots. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotTemplatesTest {

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private Snapshot one;
    private Snapshot two;

    /** An encrypted volume under a machine, with two snapshots, the second over the first. */
    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        world.hosts.write(0, (byte) 'z');
    }

    private TemplateRecord captured(CaptureRequest request) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.templates().capture(request.ownedBy(Counted.OWNER)).await();
        }
    }

    private CaptureRequest golden(Snapshot snapshot) {
        return CaptureRequest.ofSnapshot(snapshot.id(), "golden", world.pool.id());
    }

    @Test
    void it_holds_what_the_snapshot_does_under_a_key_of_its_own_and_outlives_it() throws Exception {
        RecordId<SnapshotRecord> monday = two.id();
        RecordId<PoolRecord> fast = world.pool.id();
        try (HvKit hvkit = world.process()) {
            // tag::capture[]
            TemplateRecord golden = hvkit.templates()
                    .capture(CaptureRequest.ofSnapshot(monday, "golden", fast)) // the machine runs on
                    .await();
            // end::capture[]
            Set<Optional<?>> keys = new HashSet<>(Set.of(golden.key(), root.key()));
            assertThat(keys).hasSize(2).allMatch(Optional::isPresent);
            assertThat(golden.content().format()).isEqualTo(ImageFormat.LUKS);
            world.expected.put("golden", world.expected.get("two"));
            world.checkThatAllAgree(root, "captured");
            hvkit.snapshots().delete(two.id()).await();
            hvkit.snapshots().delete(one.id()).await();
            VolumeRequest web = VolumeRequest.blank("web-02", SnapshotWorld.SIZE, fast);
            refused(
                    Failure.INVALID_REQUEST,
                    () -> hvkit.templates().newVolume(golden.id(), web).await());
            VolumeRecord next =
                    hvkit.templates().newVolume(golden.id(), web.encrypted()).await();
            assertThat(world.content(next)).isEqualTo(world.expected.get("two"));
        }
        world.checkThatAllAgree(root, "the snapshots are gone");
    }

    @Test
    void a_layer_of_a_backup_is_adopted_as_no_template() throws Exception {
        List<FoundCopy> layers;
        try (StoragePool store =
                world.storage.open(world.store.poolId(), ImageFilesStorage.TYPE, Options.parse(List.of(), Map.of()))) {
            layers = store.list().stream()
                    .map(layer -> new FoundCopy("found", world.store.id(), layer.id(), layer.format()))
                    .toList();
        }
        assertThat(layers).hasSize(2);

        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.templates().adopt(layers).await().adopted()).isEmpty();
            assertThat(hvkit.templates().named("found")).isEmpty();
        }
    }

    @Test
    void it_counts_for_its_owner_as_any_other_one() throws Exception {
        TemplateRecord golden = captured(golden(two));

        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.usage()
                            .holding(Thing.template(golden.id()))
                            .orElseThrow()
                            .counted()
                            .of("secondary_storage"))
                    .isEqualTo(golden.content().size().orElseThrow().bytes());
        }
        world.checkThatAllCounts("captured");
    }

    @Test
    void what_is_encrypted_lies_in_clear_only_if_somebody_decides_so() throws Exception {
        PoolRecord bare;
        try (HvKit hvkit = world.process()) {
            bare = MoveWorld.pool(hvkit, world.pool.reach().zone(), "bare", ImageFilesStorage.BARE);
        }
        CaptureRequest closed = CaptureRequest.ofSnapshot(two.id(), "golden", bare.id());
        DriverException e = refused(Failure.UNSUPPORTED, () -> captured(closed));
        assertThat(e)
                .hasMessageContaining("bare")
                .hasMessageContaining(two.id().value())
                .hasMessageContaining("intoPlaintext()");
        world.checkThatAllAgree(root, "refused");

        TemplateRecord clear = captured(closed.intoPlaintext());

        assertThat(clear.key()).isEmpty();
        assertThat(world.content(clear)).isEqualTo(world.expected.get("two"));
    }

    @Test
    void the_snapshot_may_be_deleted_while_it_is_read_and_goes_afterwards() throws Exception {
        boolean[] deleted = {false};
        world.atEachCall(call -> {
            if (call.equals("copy") && !deleted[0]) {
                deleted[0] = true;
                try {
                    world.delete(two);
                    world.delete(one);
                    world.tidy(root);
                    assertThat(world.list(root))
                            .extracting(Snapshot::state)
                            .containsExactly(State.DESTROYED, State.DESTROYED);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        world.expected.put("golden", world.expected.get("two"));
        captured(golden(two));

        assertThat(deleted[0]).isTrue();
        world.tidy(root);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "deleted while it was read");
    }

    @Test
    void what_is_not_what_was_read_is_no_template() throws Exception {
        Set<String> before = world.storage.namesIn(world.pool.poolId());
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                Set<String> made = new HashSet<>(world.storage.namesIn(world.pool.poolId()));
                made.removeAll(before);
                spoil(made.iterator().next());
            }
        });
        refused(Failure.CORRUPT_DATA, () -> captured(golden(two)));
        world.checkThatAllAgree(root, "not equal");
        world.checkThatAllCounts("not equal");
    }

    private void spoil(String image) {
        try (HvKit hvkit = world.process();
                Catalog catalog = world.catalog();
                Secret key = world.vault(catalog)
                        .open(hvkit.templates()
                                .named("golden")
                                .orElseThrow()
                                .key()
                                .orElseThrow())) {
            DiskImage place = DiskImage.at(world.storage.place(image), ImageFormat.LUKS);
            world.storage.files().write(place.unlockedBy(key), 0, new byte[] {'x'});
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void what_cannot_be_is_refused_with_the_reason_and_nothing_is_left() throws Exception {
        refused(
                Failure.NOT_FOUND,
                () -> captured(CaptureRequest.ofSnapshot(new RecordId<>("none"), "golden", world.pool.id())));
        refused(
                Failure.NOT_FOUND,
                () -> captured(CaptureRequest.ofSnapshot(two.id(), "golden", new RecordId<>("none"))));
        world.delete(one);
        DriverException hidden = refused(Failure.INVALID_REQUEST, () -> captured(golden(one)));
        assertThat(hidden).hasMessageContaining(one.id().value());
        world.checkThatAllAgree(root, "refused");
        captured(golden(two));
        world.expected.put("golden", world.expected.get("two"));
        refused(Failure.EXISTS_DIFFERENTLY, () -> captured(golden(two)));
        world.checkThatAllAgree(root, "the name is taken");
        world.checkThatAllCounts("the name is taken");
    }
}
