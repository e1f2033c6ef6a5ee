package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that makes volumes larger. */
public abstract non-sealed class GrowthContract extends StorageCases {

    private Growth growth;

    /** Made by JUnit. */
    protected GrowthContract() {}

    /** Puts a byte on a volume, as a machine would. */
    protected abstract void write(VolumeId volume, byte content) throws InterruptedException;

    /** Returns the byte that was put on a volume last. */
    protected abstract byte read(VolumeId volume) throws InterruptedException;

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        growth = pool.growth().orElseThrow();
    }

    private Volume grow(VolumeId volume, ByteSize wanted) throws InterruptedException {
        return isKeyed() ? growth.growTo(volume, wanted, key) : growth.growTo(volume, wanted);
    }

    @TestTemplate
    final void what_is_on_a_volume_stays_when_it_grows() throws InterruptedException {
        VolumeId volume = create().id();
        write(volume, (byte) 6);

        grow(volume, size().plus(size()));

        assertThat(read(volume)).isEqualTo((byte) 6);
    }

    @TestTemplate
    final void growing_again_changes_nothing_more() throws InterruptedException {
        Volume volume = create();
        ByteSize wanted = size().plus(ByteSize.bytes(512));
        Volume grown = grow(volume.id(), wanted);

        assertThat(grown.size()).isGreaterThanOrEqualTo(wanted);
        for (int i = 0; i < REPEATS; i++) {
            assertThat(grow(volume.id(), wanted)).isEqualTo(grown);
        }
        assertThat(connection().find(volume.id())).contains(grown);
        assertThat(grown.name()).isEqualTo(volume.name());
        assertThat(grown.format()).isEqualTo(volume.format());
        assertThat(grown.attestation().isPresent())
                .isEqualTo(volume.attestation().isPresent());
    }

    @TestTemplate
    final void a_volume_is_never_made_smaller() throws InterruptedException {
        Volume volume = create(request(unique(), size().plus(size())));

        assertThat(grow(volume.id(), size())).isEqualTo(volume);
        assertThat(grow(volume.id(), ByteSize.bytes(512))).isEqualTo(volume);
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @TestTemplate
    final void what_cannot_be_is_refused_and_the_volume_stays_as_it_is() throws InterruptedException {
        Volume volume = create();

        refuses(Failure.INVALID_REQUEST, () -> grow(volume.id(), ByteSize.ZERO));
        refuses(Failure.INVALID_REQUEST, () -> grow(volume.id(), volume.size().plus(ByteSize.bytes(1))));
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> grow(foreign, size()));
        }
        Optional<ByteSize> tooLarge = underTest().tooLarge();
        if (tooLarge.isPresent()) {
            refuses(Failure.EXHAUSTED, () -> grow(volume.id(), tooLarge.get()));
        }
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @TestTemplate
    final void an_attached_volume_grows_if_that_is_offered_and_only_then() throws InterruptedException {
        Volume volume = create();
        pool.attach(volume.id(), HOST);
        ByteSize wanted = size().plus(size());

        if (offers(PoolFeature.GROWTH_WHILE_ATTACHED)) {
            assertThat(grow(volume.id(), wanted).size()).isGreaterThanOrEqualTo(wanted);
        } else {
            refuses(Failure.IN_USE, () -> grow(volume.id(), wanted));
            assertThat(pool.find(volume.id())).contains(volume);
        }
        assertThat(pool.uses(volume.id())).hasSize(1);
    }
}
