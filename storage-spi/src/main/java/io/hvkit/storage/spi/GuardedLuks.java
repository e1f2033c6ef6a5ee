package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;

/** LUKS by an end point. */
record GuardedLuks(LuksVolumes luks, PluginBoundary boundary) implements LuksVolumes {

    @Override
    public LuksAttestation format(DiskImage volume) throws InterruptedException {
        requireOwnKey(volume);
        if (volume.format() != ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("LUKS inside an image, as at %s, is made with it; create it", volume.attachment());
        }
        return proven(volume, boundary.call("luks.format", () -> luks.format(volume)));
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) throws InterruptedException {
        requireContainer(volume);
        return boundary.call("luks.attest", () -> luks.attest(volume));
    }

    @Override
    public boolean opens(DiskImage volume) throws InterruptedException {
        requireOwnKey(volume);
        return boundary.call("luks.opens", () -> luks.opens(volume));
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) throws InterruptedException {
        requireOwnKey(volume);
        Keys.requireNotWiped(added, "to be added to " + volume.attachment());
        return proven(volume, boundary.call("luks.addKey", () -> luks.addKey(volume, added)));
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) throws InterruptedException {
        Secret own = requireOwnKey(volume);
        Keys.requireNotWiped(removed, "to be removed from " + volume.attachment());
        if (own.matches(removed)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key to be removed is the one that is to open %s afterwards; say which other key does with"
                                    + " unlockedBy(...)",
                            volume.attachment());
        }
        return proven(volume, boundary.call("luks.removeKey", () -> luks.removeKey(volume, removed)));
    }

    private static Secret requireOwnKey(DiskImage volume) {
        requireContainer(volume);
        Secret key = volume.key()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("the volume at %s comes without its key; say unlockedBy(...)", volume.attachment()));
        Keys.requireNotWiped(key, "of " + volume.attachment());
        return key;
    }

    private static void requireContainer(DiskImage volume) {
        if (volume.format() != ImageFormat.LUKS && volume.format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a %s image, as at %s, holds no LUKS header; only LUKS and QCOW2 do",
                            volume.format(), volume.attachment());
        }
    }

    private LuksAttestation proven(DiskImage volume, LuksAttestation proof) {
        if (proof.container() != volume.format() || proof.keySlots().isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s broke its contract: %s was to be %s with a key, and %s is no proof of that",
                            boundary.provider(), volume.attachment(), volume.format(), proof);
        }
        return proof;
    }
}
