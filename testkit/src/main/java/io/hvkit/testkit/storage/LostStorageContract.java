package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestTemplate;

/**
 * What a pool must do whose storage can be lost in the middle of a call. A plug-in says how to make it so; what the caller is told
 * is then the truth, and the same call again brings it to an end.
 */
public abstract non-sealed class LostStorageContract extends StorageCases {

    /** Made by JUnit. */
    protected LostStorageContract() {}

    /** Makes the storage answer nobody, connections that are open included; what is stored stays. */
    protected abstract void cutOff() throws InterruptedException;

    /** Makes the storage answer again and returns when it does; does nothing if it answers. */
    protected abstract void reachAgain() throws InterruptedException;

    /** Lets the next call do its work, and its answer get lost. */
    protected abstract void loseNextReply() throws InterruptedException;

    /** Made by JUnit: what the case left can be undone only then. */
    @AfterEach
    final void reach() throws InterruptedException {
        reachAgain();
    }

    @TestTemplate
    final void a_question_is_unreachable_and_did_nothing() throws InterruptedException {
        VolumeId volume = create().id();
        cutOff();

        refuses(Failure.UNREACHABLE, () -> pool.find(volume));
        refuses(Failure.UNREACHABLE, pool::list);
        refuses(Failure.UNREACHABLE, () -> pool.uses(volume));
        refuses(Failure.UNREACHABLE, pool::statistics);
        refuses(Failure.UNREACHABLE, this::connection);
    }

    @TestTemplate
    final void a_volume_whose_making_got_lost_is_found_by_its_name_and_made_once() throws InterruptedException {
        CreateVolume request = request();
        removeLater(request.name());
        loseNextReply();
        Effect effect = effectOf(() -> pool.create(request));
        StoragePool again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.findNamed(request.name())).isEmpty();
        }
        Volume made = again.create(request);
        assertThat(again.findNamed(request.name())).contains(made);
        assertThat(names()).containsOnlyOnce(request.name());
    }

    @TestTemplate
    final void a_volume_that_could_not_be_asked_for_is_made_later() throws InterruptedException {
        CreateVolume request = request();
        removeLater(request.name());
        cutOff();
        Effect effect = effectOf(() -> pool.create(request));
        reachAgain();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(connection().findNamed(request.name())).isEmpty();
        }
        assertThat(connection().create(request).name()).isEqualTo(request.name());
    }

    @TestTemplate
    final void a_removal_that_got_lost_is_confirmed() throws InterruptedException {
        Volume volume = create();
        loseNextReply();
        Effect effect = effectOf(() -> pool.delete(volume.id()));
        StoragePool again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.find(volume.id())).contains(volume);
        }
        again.delete(volume.id());
        assertThat(again.find(volume.id())).isEmpty();
    }

    @TestTemplate
    final void a_use_that_got_lost_is_confirmed_and_protects_the_volume() throws InterruptedException {
        VolumeId volume = create().id();
        loseNextReply();
        Effect effect = effectOf(() -> pool.attach(volume, HOST));
        StoragePool again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.uses(volume)).isEmpty();
        }
        again.attach(volume, HOST);
        assertThat(again.uses(volume)).containsExactly(VolumeUse.by(HOST));
        refuses(Failure.IN_USE, () -> again.delete(volume));
    }

    @TestTemplate
    final void an_end_of_a_use_that_got_lost_is_confirmed() throws InterruptedException {
        VolumeId volume = create().id();
        pool.attach(volume, HOST);
        loseNextReply();
        Effect effect = effectOf(() -> pool.detach(volume, HOST));
        StoragePool again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.uses(volume)).containsExactly(VolumeUse.by(HOST));
        }
        again.detach(volume, HOST);
        assertThat(again.uses(volume)).isEmpty();
    }

    @TestTemplate
    final void what_was_lost_can_be_closed() throws InterruptedException {
        Volume volume = create();
        StoragePool lost = connection();
        cutOff();

        lost.close();
        lost.close();
        reachAgain();
        assertThat(connection().list()).contains(volume);
    }

    /** Requires that a call is told that the storage does not answer, and returns what it says it did. */
    private static Effect effectOf(Call call) {
        DriverException lost = catchThrowableOfType(DriverException.class, call::make);
        assertThat(lost).as("a call to storage that does not answer").isNotNull();
        assertThat(lost.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(lost.effect()).isIn(Effect.NOT_APPLIED, Effect.UNKNOWN);
        return lost.effect();
    }
}
