package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.LuksType;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.nio.file.Path;
import java.util.Optional;

/** LUKS by cryptsetup where the header is in front, which works under a running machine; by qemu-img where it is inside qcow2. */
final class HostLuks implements LuksVolumes {

    private final Tools tools;
    private final Places places;
    private final Inspector inspector;

    HostLuks(Tools tools, Places places) {
        this.tools = tools;
        this.places = places;
        this.inspector = new Inspector(tools, places);
    }

    @Override
    public LuksAttestation format(DiskImage volume) throws InterruptedException {
        places.require(volume);
        Path path = Places.path(volume);
        Secret key = requireText(volume, own(volume));
        Optional<LuksHeader> there = LuksHeader.read(tools.files(), path);
        if (there.isEmpty()) {
            requireUnused(volume);
            tools.cryptSetup().format(path, LuksType.LUKS1, key);
        } else if (there.get().container() != ImageFormat.LUKS || !opens(volume)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "%s holds %s, which its key does not open; it is never formatted again", path, there.get());
        }
        return proof(volume);
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) throws InterruptedException {
        places.require(volume);
        return inspector.header(volume).map(Attestations::of);
    }

    @Override
    public boolean opens(DiskImage volume) throws InterruptedException {
        proof(volume);
        return volume.format() == ImageFormat.LUKS
                ? tools.cryptSetup().unlocks(Places.path(volume), own(volume))
                : tools.qemuImg().unlocks(Places.alone(volume));
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) throws InterruptedException {
        requireText(volume, added);
        requireOpen(volume);
        if (volume.format() == ImageFormat.LUKS) {
            tools.cryptSetup().addKey(Places.path(volume), own(volume), added);
        } else {
            tools.qemuImg().keySlots(Places.alone(volume)).add(added);
        }
        return proof(volume);
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) throws InterruptedException {
        requireText(volume, removed);
        requireOpen(volume);
        if (volume.format() == ImageFormat.LUKS) {
            tools.cryptSetup().removeKey(Places.path(volume), removed, own(volume));
        } else {
            tools.qemuImg().keySlots(Places.alone(volume)).remove(removed);
        }
        return proof(volume);
    }

    private void requireOpen(DiskImage volume) throws InterruptedException {
        if (!opens(volume)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message("the key that comes with %s does not open it; nothing was changed", Places.path(volume));
        }
    }

    private void requireUnused(DiskImage volume) throws InterruptedException {
        if (volume.attachment() instanceof Attachment.BlockDevice) {
            new DeviceUse(tools.runner()).requireNone(Places.path(volume));
        }
    }

    private LuksAttestation proof(DiskImage volume) throws InterruptedException {
        return attest(volume)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no LUKS header", Places.path(volume)));
    }

    private static Secret own(DiskImage volume) {
        return volume.key()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s comes without its key; say unlockedBy(...)", Places.path(volume)));
    }

    /** cryptsetup takes any bytes, and QEMU would never open the volume again. */
    private static Secret requireText(DiskImage volume, Secret key) {
        return Image.luks(Places.path(volume)).unlockedBy(key).key().orElseThrow();
    }
}
