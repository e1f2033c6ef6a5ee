package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contracts share whose hosts lose a call, or its answer. Disks have keys where that is offered. */
@ExtendWith(CallThenAnswer.class)
public abstract sealed class LossCases extends HypervisorCases permits LostAnswerContract, LostMoveContract {

    /** What is changed. */
    public enum Change {
        START,
        /** Of a machine that the host remembers. */
        START_REMEMBERED,
        DEFINE,
        STOP,
        ATTACH,
        DETACH,
        RESIZE,
        MOVE_DISK,
        /** The switch of a machine to what was copied or merged. */
        PIVOT,
        SNAPSHOT,
        MERGE,
        /** The work of the host that a machine leaves. */
        DEPART,
        /** The work of the host that a machine comes to. */
        ARRIVE
    }

    /** What is lost of a change. */
    public enum Lost {
        /** The call, so that the host changes nothing. */
        CALL,
        /** The answer, after the host has done it. */
        ANSWER
    }

    static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<Secret> keys = new ArrayList<>();

    /** Set by {@link CallThenAnswer}. */
    Lost lost = Lost.ANSWER;

    LossCases() {}

    /** Makes a host lose that much of the next change of that kind, and be as usual afterwards. */
    protected abstract void loseNext(HostId host, Change change, Lost what) throws InterruptedException;

    /** Returns how many calls and answers a host has lost so far. */
    protected abstract int losses(HostId host) throws InterruptedException;

    /**
     * Returns a disk that exists, has the size of those of {@link #disk}, that only this key opens, and that nothing else uses;
     * with the key. Not asked for unless encrypted disks are offered.
     */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Returns how many keys of disks a host has now. */
    protected abstract int keysHeld(HostId host) throws InterruptedException;

    /** Returns how long a change may take to be lost that a job makes by itself; a minute unless a plug-in says otherwise. */
    protected Duration patience() {
        return PATIENCE;
    }

    /** Made by JUnit. */
    @AfterEach
    final void wipe() {
        keys.forEach(Secret::close);
    }

    final Secret newKey() {
        Secret key = Secret.random();
        keys.add(key);
        return key;
    }

    final boolean encrypts() {
        return offers(HypervisorFeature.ENCRYPTED_DISKS);
    }

    /** Returns how many keys the host has for that many disks of {@link #lockedDisk}. */
    final int keysOf(int disks) {
        return encrypts() ? disks : 0;
    }

    final Disk lockedDisk() throws InterruptedException {
        return encrypts() ? encryptedDisk(new VolumeId(unique()), newKey()) : anotherDisk();
    }

    final void lose(Change change, Call call) throws InterruptedException {
        lose(HOST, change, call);
    }

    /** Requires that something is lost, and that the call says nothing that it cannot know, if it says anything. */
    final void lose(HostId host, Change change, Call call) throws InterruptedException {
        int before = losses(host);
        loseNext(host, change, lost);
        DriverException said = catchThrowableOfType(DriverException.class, call::make);
        Await.until("the loss", said == null ? patience() : Duration.ZERO, () -> losses(host) > before);
        assertThat(losses(host)).as("calls and answers that were lost").isEqualTo(before + 1);
        if (said != null) {
            assertThat(said.failure()).as(said.toString()).isEqualTo(Failure.UNREACHABLE);
            assertThat(said.effect())
                    .as(said.toString())
                    .isNotEqualTo(lost == Lost.CALL ? Effect.APPLIED : Effect.NOT_APPLIED);
        }
    }
}
