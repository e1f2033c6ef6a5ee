package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that clones volumes. */
public abstract non-sealed class ClonesContract extends StorageCases {

    private Clones clones;

    /** Made by JUnit. */
    protected ClonesContract() {}

    /** Puts a byte on a volume, as a machine would. */
    protected abstract void write(VolumeId volume, byte content) throws InterruptedException;

    /** Returns the byte that was put on a volume last. */
    protected abstract byte read(VolumeId volume) throws InterruptedException;

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        clones = pool.clones().orElseThrow();
    }

    private Volume clone(CloneVolume request) throws InterruptedException {
        removeLater(request.name());
        return clones.create(request);
    }

    @TestTemplate
    final void a_clone_has_all_of_its_source_and_goes_its_own_way() throws InterruptedException {
        Volume source = create();
        write(source.id(), (byte) 1);
        CloneVolume request = CloneVolume.of(source.id(), unique());
        Volume clone = clone(request);
        write(source.id(), (byte) 2);

        assertThat(read(clone.id())).isEqualTo((byte) 1);
        assertThat(clone.size()).isEqualTo(source.size());
        assertThat(clone.format()).isEqualTo(source.format());
        assertThat(clone.attestation().isPresent())
                .as("as encrypted as its source")
                .isEqualTo(source.attestation().isPresent());
        write(clone.id(), (byte) 3);
        assertThat(read(source.id())).isEqualTo((byte) 2);
        assertThat(connection().findNamed(request.name())).contains(clone);
    }

    @TestTemplate
    final void an_equal_request_gives_the_same_clone_as_it_is() throws InterruptedException {
        VolumeId source = create().id();
        CloneVolume request = CloneVolume.of(source, unique());
        Volume clone = clone(request);
        write(clone.id(), (byte) 7);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(clones.create(request)).isEqualTo(clone);
        }
        assertThat(read(clone.id())).isEqualTo((byte) 7);
        assertThat(names()).containsOnlyOnce(request.name());
    }

    @TestTemplate
    final void a_name_that_is_taken_is_refused_and_nothing_is_overwritten() throws InterruptedException {
        Volume source = create();
        Volume other = create();
        write(other.id(), (byte) 5);
        String name = unique();
        Volume clone = clone(CloneVolume.of(source.id(), name));

        refuses(Failure.EXISTS_DIFFERENTLY, () -> clones.create(CloneVolume.of(source.id(), other.name())));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> clones.create(CloneVolume.of(other.id(), name)));
        refuses(Failure.EXISTS_DIFFERENTLY, "a blank one", () -> pool.create(request(name, size())));
        assertThat(read(other.id())).isEqualTo((byte) 5);
        assertThat(pool.find(clone.id())).contains(clone);
    }

    @TestTemplate
    final void what_is_not_there_is_not_cloned() throws InterruptedException {
        String name = unique();

        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> clone(CloneVolume.of(foreign, name)));
        }
        refuses(Failure.NOT_FOUND, () -> clone(CloneVolume.of(new SnapshotId(unique()), name)));
        VolumeId source = create().id();
        refuses(Failure.INVALID_REQUEST, () -> clone(CloneVolume.of(source, "")));
        assertThat(names()).doesNotContain(name, "");
    }

    @TestTemplate
    final void a_full_clone_outlives_its_source() throws InterruptedException {
        Volume source = create();
        write(source.id(), (byte) 4);
        Volume clone = clone(CloneVolume.of(source.id(), unique()));

        pool.delete(source.id());
        assertThat(pool.find(source.id())).isEmpty();
        assertThat(read(clone.id())).isEqualTo((byte) 4);
    }

    @TestTemplate
    final void a_linked_clone_keeps_its_source_or_is_refused() throws InterruptedException {
        VolumeId source = create().id();
        CloneVolume request = CloneVolume.of(source, unique()).linked();
        if (!offers(PoolFeature.LINKED_CLONES)) {
            refuses(Failure.UNSUPPORTED, () -> clone(request));
            return;
        }
        Optional<Volume> linked = linked(request);
        if (linked.isEmpty()) {
            return;
        }
        VolumeId clone = linked.get().id();
        refuses(Failure.IN_USE, () -> pool.delete(source));
        assertThat(pool.find(source)).isPresent();
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                "the same as a full clone",
                () -> clones.create(CloneVolume.of(source, request.name())));
        pool.delete(clone);
        pool.delete(source);
    }

    /** A source that is encrypted with a key may be one that nothing can be linked to; then nothing is made. */
    private Optional<Volume> linked(CloneVolume request) throws InterruptedException {
        try {
            return Optional.of(clone(request));
        } catch (DriverException e) {
            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.UNSUPPORTED);
            assertThat(isKeyed()).as("refused for the sake of its key").isTrue();
            assertThat(names()).doesNotContain(request.name());
            return Optional.empty();
        }
    }

    @TestTemplate
    final void a_linked_clone_keeps_what_it_was_made_with_whatever_becomes_of_its_source() throws InterruptedException {
        if (!offers(PoolFeature.LINKED_CLONES)) {
            return; // refused, as the case above has it
        }
        VolumeId source = create().id();
        write(source, (byte) 1);
        Optional<Volume> linked = linked(CloneVolume.of(source, unique()).linked());
        if (linked.isEmpty()) {
            return;
        }
        VolumeId clone = linked.get().id();
        assertThat(read(clone)).isEqualTo((byte) 1);
        if (attaches(source)) {
            write(source, (byte) 2);
            pool.detach(source, HOST);
        }
        assertThat(read(clone)).isEqualTo((byte) 1);
        write(clone, (byte) 3);
        assertThat(read(source)).isNotEqualTo((byte) 3);
        assertThat(read(clone)).isEqualTo((byte) 3);
    }

    private boolean attaches(VolumeId source) throws InterruptedException {
        try {
            pool.attach(source, HOST);
            return true;
        } catch (DriverException e) {
            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.IN_USE);
            assertThat(pool.uses(source)).isEmpty();
            return false;
        }
    }

    @TestTemplate
    final void an_attached_source_is_cloned_if_that_is_offered_and_only_then() throws InterruptedException {
        VolumeId source = create().id();
        write(source, (byte) 8);
        pool.attach(source, HOST);
        CloneVolume request = CloneVolume.of(source, unique());

        if (offers(PoolFeature.CLONES_WHILE_ATTACHED)) {
            assertThat(read(clone(request).id())).isEqualTo((byte) 8);
        } else {
            refuses(Failure.IN_USE, () -> clone(request));
            assertThat(names()).doesNotContain(request.name());
        }
        assertThat(pool.uses(source)).hasSize(1);
    }

    @TestTemplate
    final void a_snapshot_is_cloned_as_it_was_and_kept_while_it_is_read() throws InterruptedException {
        if (!offers(PoolFeature.SNAPSHOTS)) {
            assertThat(pool.snapshots()).isEmpty();
            return;
        }
        Snapshots snapshots = pool.snapshots().orElseThrow();
        VolumeId source = create().id();
        write(source, (byte) 1);
        Snapshot monday = snapshots.take(source, "monday");
        write(source, (byte) 2);

        assertThat(read(clone(CloneVolume.of(monday.id(), unique())).id())).isEqualTo((byte) 1);
        if (offers(PoolFeature.LINKED_CLONES)) {
            Optional<Volume> linked =
                    linked(CloneVolume.of(monday.id(), unique()).linked());
            if (linked.isPresent()) {
                refuses(Failure.IN_USE, () -> snapshots.delete(monday.id()));
                assertThat(snapshots.find(monday.id())).isPresent();
                pool.delete(linked.get().id());
            }
        }
        snapshots.delete(monday.id());
        assertThat(snapshots.find(monday.id())).isEmpty();
    }
}
