package io.hvkit.testkit.endpoint;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.util.Optional;

/** LUKS in memory. */
record InMemoryLuks(InMemoryFiles files) implements LuksVolumes {

    @Override
    public LuksAttestation format(DiskImage volume) {
        InMemoryImage there = files.require(volume);
        boolean mine = there.format == ImageFormat.LUKS && files.isOpenedByItsKey(volume);
        boolean free = there.format == ImageFormat.RAW && there.isBlank();
        if (!mine && !free) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s holds something, and is not formatted", volume.attachment());
        }
        if (free) {
            there.becomeLuks(volume.key().orElseThrow());
        }
        return proof(volume);
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) {
        InMemoryImage there = files.require(volume);
        return there.format == volume.format() ? there.attestation() : Optional.empty();
    }

    @Override
    public boolean opens(DiskImage volume) {
        proof(volume);
        return files.isOpenedByItsKey(volume);
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) {
        InMemoryImage there = requireOpen(volume);
        if (!there.opens(added)) {
            there.addKey(added);
        }
        return proof(volume);
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) {
        requireOpen(volume).removeKey(removed);
        return proof(volume);
    }

    private InMemoryImage requireOpen(DiskImage volume) {
        if (!opens(volume)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message("the key of %s does not open it", volume.attachment());
        }
        return files.require(volume);
    }

    private LuksAttestation proof(DiskImage volume) {
        return attest(volume)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no LUKS header", volume.attachment()));
    }
}
