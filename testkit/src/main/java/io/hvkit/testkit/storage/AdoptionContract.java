package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a storage system must do that moves volumes between its pools by itself. */
public abstract non-sealed class AdoptionContract extends StorageCases {

    private StoragePool target;
    private Adoption adoption;

    /** Made by JUnit. */
    protected AdoptionContract() {}

    /** Returns another pool of the same system. */
    protected abstract StorageUnderTest target();

    /** Moves the bytes of a volume of the pool that is judged to the other one, past the driver, as the storage does by itself. */
    protected abstract void moveBehind(Volume volume);

    /** Made by JUnit. */
    @BeforeEach
    final void find() throws InterruptedException {
        target = connection(target());
        adoption = target.adoption().orElseThrow();
    }

    private Volume moved() throws InterruptedException {
        Volume made = create();
        undoLater(() -> remove(made.name(), target()));
        moveBehind(made);
        return made;
    }

    @TestTemplate
    final void a_volume_that_was_moved_is_found_used_and_told_where_it_is() throws InterruptedException {
        Volume made = moved();
        Volume found = pool.find(made.id()).orElseThrow();

        assertThat(made.liesIn()).as("before it was moved").isEmpty();
        assertThat(found.liesIn()).isEqualTo(target.identity()).isPresent();
        assertThat(found).isEqualTo(made.lyingIn(target.identity().orElseThrow()));
        assertThat(pool.list()).contains(found);
        assertThat(pool.attach(made.id(), HOST)).isEqualTo(pool.attach(made.id(), HOST));
        assertThat(target.find(made.id())).as("until it is taken over").isEmpty();
        assertThat(pool.identity()).isPresent().isNotEqualTo(target.identity());
    }

    @TestTemplate
    final void it_is_taken_over_once_and_keeps_what_it_is_and_who_uses_it() throws InterruptedException {
        Volume made = moved();
        Object place = pool.attach(made.id(), HOST);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(adoption.adopt(made.id(), pool)).isEqualTo(made);
        }
        assertThat(target.list()).containsOnlyOnce(made);
        assertThat(target.uses(made.id())).containsExactly(VolumeUse.by(HOST));
        assertThat(target.attach(made.id(), HOST)).isEqualTo(place);
        assertThat(pool.find(made.id())).isEmpty();
        assertThat(pool.uses(made.id())).isEmpty();
        refuses(Failure.IN_USE, () -> target.delete(made.id()));
        target.detach(made.id(), HOST);
        target.delete(made.id());
        assertThat(target.find(made.id())).isEmpty();
    }

    @TestTemplate
    final void one_that_lies_where_it_belongs_and_one_that_is_not_there_are_refused() throws InterruptedException {
        Volume made = create();

        refuses(Failure.INVALID_REQUEST, () -> adoption.adopt(made.id(), pool));
        assertThat(pool.find(made.id())).contains(made);
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> adoption.adopt(foreign, pool));
        }
    }

    @TestTemplate
    final void a_pool_of_another_driver_has_nothing_to_hand_over() throws InterruptedException {
        Volume made = moved();
        try (StoragePool stranger = new InMemoryStorageDriver()
                .open(target().pool(), InMemoryStorageDriver.TYPE, Options.parse(Set.of(), Map.of()))) {
            refuses(Failure.UNSUPPORTED, () -> adoption.adopt(made.id(), stranger));
        }
        assertThat(pool.find(made.id())).isPresent();
    }
}
