package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** LUKS headers in files of their own: made, and put back. */
final class HeaderBackup {

    private final CryptSetupProgram program;

    HeaderBackup(CryptSetupProgram program) {
        this.program = program;
    }

    void make(Path device, Path backup) throws InterruptedException {
        LuksHeader header = program.requireHeader(device);
        StagedFile.make(program.files(), backup, file -> {
            program.files().remove(file); // cryptsetup makes its own, and refuses one that is there
            CommandResult result =
                    program.run(List.of("luksHeaderBackup", "--header-backup-file=" + file, device.toString()));
            if (!result.succeeded()) {
                throw program.failed("luksHeaderBackup", device, result, Effect.NOT_APPLIED);
            }
            settle(file);
            if (LuksHeader.read(program.files(), file).filter(header::equals).isEmpty()) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .message("the header of %s was changed while it was copied; try again", device);
            }
        });
    }

    /** cryptsetup leaves it to the kernel when the bytes reach the disk. */
    private void settle(Path file) throws InterruptedException {
        CommandResult result =
                program.runner().run(Command.of("sync", file.toString()).providedBy("coreutils"));
        if (!result.succeeded()) {
            throw Complaint.of("sync of " + file, result, Effect.NOT_APPLIED, file);
        }
    }

    void restore(HeaderRestore request) throws InterruptedException {
        LuksHeader wanted = program.requireHeader(request.backup());
        Path device = request.device();
        if (wanted.keySlots().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the header in %s holds no key any more, so that %s would be lost with it; take an older backup",
                            request.backup(), device);
        }
        if (program.files().status(device).isSameAs(program.files().status(request.backup()))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s and %s are the same", request.backup(), device);
        }
        requireFitting(request, wanted, present(request));
        if (program.files().status(device).size().compareTo(wanted.payloadOffset()) <= 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is no larger than the header, whose data begins at %s", device, wanted.payloadOffset());
        }
        program.requireUnused(device);
        CommandResult result = program.run(List.of(
                "luksHeaderRestore", "--batch-mode", "--header-backup-file=" + request.backup(), device.toString()));
        if (!result.succeeded()) {
            throw program.failed("luksHeaderRestore", device, result, Effect.UNKNOWN);
        }
        if (!wanted.equals(Afterwards.look(() -> program.requireHeader(device)))) {
            throw DriverException.because(Failure.DEFECT)
                    .message("cryptsetup said that it restored the header of %s, and its bytes do not show it", device);
        }
    }

    private Optional<LuksHeader> present(HeaderRestore request) throws InterruptedException {
        try {
            return LuksHeader.read(program.files(), request.device());
        } catch (DriverException e) {
            if (e.failure() == Failure.CORRUPT_DATA && request.allowsLostHeader()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void requireFitting(HeaderRestore request, LuksHeader wanted, Optional<LuksHeader> present) {
        if (present.isEmpty()) {
            if (!request.allowsLostHeader()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "%s holds no LUKS header; if it was lost, say ontoLostHeader(), and what is there now is"
                                        + " overwritten",
                                request.device());
            }
            return;
        }
        LuksHeader there = present.get();
        if (there.container() != ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is an encrypted qcow2 image, which a LUKS header would destroy", request.device());
        }
        boolean agreed = request.replacedVolume().filter(there.uuid()::equals).isPresent();
        if (!wanted.opensSameDataAs(there) && !agreed) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "%s holds %s, and the backup is of other data: %s; if the former is to be lost, say"
                                    + " replacingVolume(\"%s\")",
                            request.device(), there, wanted, there.uuid());
        }
    }
}
