package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CloneVolume.Source;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeFromTemplate;
import io.hvkit.testkit.storage.InMemoryVolume.Make;
import io.hvkit.testkit.storage.InMemoryVolume.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Templates in memory: raw images, of which the first byte is kept. */
record InMemoryTemplates(PoolId pool, InMemoryArray array) implements Templates {

    private static final byte[] QCOW2 = "QFI\u00fb".getBytes(StandardCharsets.ISO_8859_1);

    @Override
    public Volume add(AddTemplate request) {
        array.requireName(request.name());
        Origin origin = new Origin(request, Optional.empty());
        return array.locked(() -> {
            Optional<InMemoryVolume> present = array.named(pool, request.name());
            if (present.isPresent()) {
                return confirmed(origin, present.get());
            }
            byte[] image = read(request.image());
            if (request.format() != ImageFormat.RAW || Arrays.equals(image, 0, QCOW2.length, QCOW2, 0, QCOW2.length)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("image %s is not as declared: %s", request.image(), request.format());
            }
            ByteSize size = InMemoryArray.rounded(ByteSize.bytes(image.length));
            array.requireRoom(pool, size);
            Make make = new Make(
                    new VolumeId(array.nextId("vol")),
                    request.name(),
                    request.format(),
                    VolumeEncryption.NONE,
                    Optional.empty(),
                    Optional.of(origin));
            return put(make, size, image[0]);
        });
    }

    private static byte[] read(Path image) {
        try {
            return Files.readAllBytes(image);
        } catch (NoSuchFileException e) {
            throw DriverException.because(Failure.NOT_FOUND).causedBy(e).message("there is no image %s", image);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("image %s cannot be read: %s", image, e.toString());
        }
    }

    @Override
    public Volume create(VolumeFromTemplate request) {
        CreateVolume asked = request.volume();
        array.requireName(asked.name());
        Origin origin = Origin.of(request, new Source.OfVolume(request.template()), request.depth());
        return array.locked(() -> {
            Optional<InMemoryVolume> present = array.named(pool, asked.name());
            if (present.isPresent()) {
                if (!present.get().make.lock().equals(Hashes.of(asked.key()))) {
                    throw taken(asked.name());
                }
                return confirmed(origin, present.get());
            }
            InMemoryVolume template = requireTemplate(request);
            ByteSize size = InMemoryArray.rounded(asked.size());
            array.requireRoom(pool, size);
            Make make = new Make(
                    new VolumeId(array.nextId("vol")),
                    asked.name(),
                    asked.format(),
                    asked.encryption(),
                    Hashes.of(asked.key()),
                    Optional.of(origin));
            return put(make, size, template.content);
        });
    }

    private InMemoryVolume requireTemplate(VolumeFromTemplate request) {
        InMemoryVolume template = array.require(pool, request.template());
        if (!template.uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("template %s is attached: %s; detach it", request.template(), template.uses);
        }
        if (template.make.encryption() == VolumeEncryption.WITH_KEY) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("volume %s is encrypted with a key and no template", request.template());
        }
        if (request.volume().size().compareTo(template.size) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "template %s has %s, and a volume of %s cannot hold it",
                            request.template(), template.size, request.volume().size());
        }
        return template;
    }

    private Volume put(Make make, ByteSize size, byte content) {
        InMemoryVolume made = new InMemoryVolume(make, pool, size);
        made.content = content;
        array.put(made);
        return made.describe();
    }

    private static Volume confirmed(Origin origin, InMemoryVolume present) {
        if (!present.make.origin().equals(Optional.of(origin))) {
            throw taken(present.make.name());
        }
        return present.describe();
    }

    private static DriverException taken(String name) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message("volume %s exists and is made otherwise; take another name", name);
    }
}
