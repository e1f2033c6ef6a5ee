package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes images: files under a name that only a complete one gets, and headers on block devices that hold nothing yet. */
final class ImageCreation {

    private static final ByteSize SECTOR = ByteSize.bytes(512);
    static final ByteSize QEMU_LUKS_HEADER = ByteSize.bytes(2_068_480);
    private static final int LOOKED_AT = 1 << 20;
    private static final int TRIES = 8;

    private final QemuImgProgram program;

    ImageCreation(QemuImgProgram program) {
        this.program = program;
    }

    void create(CreateRequest asked) throws InterruptedException {
        CreateRequest request = require(asked);
        Image target = request.target();
        ByteSize size = request.size().orElseThrow();
        FileStatus status = program.files().status(target.requirePath());
        if (status.kind() == FileStatus.Kind.BLOCK_DEVICE) {
            requireRoom(request, size, status);
            requireBlank(target);
            run(request, Effect.UNKNOWN);
        } else {
            StagedFile.make(
                    program.files(),
                    target.requirePath(),
                    file -> run(request.at(target.at(file)), Effect.NOT_APPLIED));
        }
    }

    /** Refuses what cannot work, before anything is touched; returns what is to be made, with its size. */
    CreateRequest require(CreateRequest asked) throws InterruptedException {
        requireKeys(asked.target());
        program.require(asked.target());
        CreateRequest request = Overlay.require(program, asked);
        ByteSize size = request.size()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("nothing says how large %s is to be; say CreateRequest.of(target, size)", asked));
        require(request.target(), size);
        return request;
    }

    /** Refuses what cannot work, before anything is touched. */
    void require(Image target, ByteSize size) {
        requireKeys(target);
        program.require(target);
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(SECTOR)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a disk has a whole number of sectors of 512 bytes, at least one, not %s; round up to %s",
                            size, size.equals(ByteSize.ZERO) ? SECTOR : size.roundedUpTo(SECTOR));
        }
    }

    static void requireKeys(Image image) {
        for (Image layer : image.layers()) {
            if (layer.format() == ImageFormat.LUKS && layer.key().isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is encrypted, and this needs its key; say unlockedBy(key)", layer);
            }
        }
    }

    /** Makes it where it is said to be, over what is there; its size is known. */
    void run(CreateRequest request, Effect doubt) throws InterruptedException {
        Image target = request.target();
        if (EncryptedCreation.suits(program.files(), request)) {
            new EncryptedCreation(request, doubt).run(program.files());
        } else {
            runProgram(request, doubt);
        }
        if (target.encrypts()) {
            Afterwards.run(() -> attest(target));
        }
    }

    private void runProgram(CreateRequest request, Effect doubt) throws InterruptedException {
        Image target = request.target();
        try (QemuKeys keys = QemuKeys.of(target.overNothing())) { // its own key alone: nothing below is opened
            CommandResult result = run(request, keys, LuksHash.SHA256);
            for (int tries = 1; tries < TRIES && Complaint.isUnluckyBenchmark(result); tries++) {
                if (program.files().status(target.requirePath()).isFree()) {
                    program.files()
                            .create(target.requirePath()); // qemu-img removed it, and would make one for all to read
                }
                // Bad luck comes in a row; the longer rounds of SHA-512 have none, and are read wherever SHA-256 is.
                result = run(request, keys, tries < TRIES / 2 ? LuksHash.SHA256 : LuksHash.SHA512);
            }
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img create of " + target, result, doubt, target);
            }
        }
    }

    /** Whoever asks for an encrypted image gets one that is, by its own bytes. */
    void attest(Image target) throws InterruptedException {
        Optional<LuksHeader> header = LuksHeader.read(program.files(), target.requirePath());
        if (header.filter(h -> h.container() == target.format()).isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message("%s was to be encrypted, and its bytes do not show it", target);
        }
    }

    private CommandResult run(CreateRequest request, QemuKeys keys, LuksHash hash) throws InterruptedException {
        Image target = request.target();
        List<String> arguments =
                new ArrayList<>(List.of("create", "-q", "-f", target.format().qemuName()));
        arguments.addAll(keys.arguments());
        CreateOptions.of(request, keys.idOf(target), hash).ifPresent(o -> arguments.addAll(List.of("-o", o)));
        arguments.addAll(Overlay.arguments(request));
        arguments.add(target.requirePath().toString());
        arguments.add(Long.toString(request.size().orElseThrow().bytes()));
        return request.preallocation() == Preallocation.FULL
                ? program.run(keys, arguments, program.limit())
                : program.runShort(keys, arguments);
    }

    private static void requireRoom(CreateRequest request, ByteSize size, FileStatus device) {
        Image target = request.target();
        if (request.preallocation() == Preallocation.FALLOC || request.preallocation() == Preallocation.FULL) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the device %s has its room already; leave out the preallocation", target.requirePath());
        }
        ByteSize header = switch (target.format()) {
            case RAW -> ByteSize.ZERO;
            case LUKS -> QEMU_LUKS_HEADER;
            case QCOW2, VMDK, VHD, VHDX, VDI -> ByteSize.bytes(LOOKED_AT);
        };
        ByteSize needed = target.format() == ImageFormat.QCOW2 ? header : size.plus(header);
        if (device.size().compareTo(needed) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the device %s has %s; a disk of %s as %s needs %s",
                            target.requirePath(),
                            device.size(),
                            size,
                            target.format().qemuName(),
                            needed);
        }
    }

    /** A device that holds anything is left alone: qemu-img wipes its first header even where it fails afterwards. */
    private void requireBlank(Image target) throws InterruptedException {
        for (byte b : program.files().read(target.requirePath(), 0, LOOKED_AT)) {
            if (b != 0) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "the device %s holds something already and is never overwritten; wipe its first MiB if it"
                                        + " is of no use",
                                target.requirePath());
            }
        }
    }
}
