package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that gives volumes other names. */
public abstract non-sealed class RenamingContract extends StorageCases {

    private Renaming renaming;

    /** Made by JUnit. */
    protected RenamingContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        renaming = pool.renaming().orElseThrow();
    }

    private Volume rename(VolumeId volume, String name) throws InterruptedException {
        removeLater(name);
        return renaming.rename(volume, name);
    }

    @TestTemplate
    final void a_name_changes_and_nothing_else() throws InterruptedException {
        Volume old = create();
        pool.attach(old.id(), HOST);
        List<Snapshot> taken = offers(PoolFeature.SNAPSHOTS)
                ? List.of(pool.snapshots().orElseThrow().take(old.id(), "monday"))
                : List.of();
        String name = unique();
        Volume renamed = rename(old.id(), name);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(rename(old.id(), name)).isEqualTo(renamed);
        }
        StoragePool second = connection();
        assertThat(second.findNamed(name)).contains(renamed);
        assertThat(second.find(old.id())).contains(renamed);
        assertThat(second.findNamed(old.name())).isEmpty();
        assertThat(List.of(renamed.id(), renamed.size(), renamed.format(), renamed.attestation()))
                .isEqualTo(List.of(old.id(), old.size(), old.format(), old.attestation()));
        assertThat(second.uses(old.id())).containsExactly(VolumeUse.by(HOST));
        assertThat(second.snapshots().isPresent() ? listed(second.snapshots().get(), old.id()) : List.of())
                .isEqualTo(taken);
    }

    private static List<Snapshot> listed(Snapshots snapshots, VolumeId volume) throws InterruptedException {
        return snapshots.list(volume);
    }

    @TestTemplate
    final void the_old_name_is_free_and_a_taken_one_is_not() throws InterruptedException {
        Volume one = create();
        Volume other = create();

        refuses(Failure.EXISTS_DIFFERENTLY, () -> renaming.rename(one.id(), other.name()));
        assertThat(pool.list()).contains(one, other);
        rename(one.id(), unique());
        Volume fresh = create(request(one.name(), size()));
        assertThat(fresh.id()).isNotEqualTo(one.id());
        assertThat(pool.findNamed(one.name())).contains(fresh);
    }

    @TestTemplate
    final void what_is_not_there_and_what_cannot_be_a_name_is_refused() throws InterruptedException {
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> renaming.rename(foreign, unique()));
        }
        Volume volume = create();
        String beyond = (unique() + "x".repeat(underTest().longestName() + 1))
                .substring(0, underTest().longestName() + 1);
        removeLater(beyond);

        refuses(Failure.INVALID_REQUEST, () -> renaming.rename(volume.id(), ""));
        refuses(Failure.INVALID_REQUEST, () -> renaming.rename(volume.id(), beyond));
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(pool.findNamed(volume.name())).contains(volume);
    }
}
