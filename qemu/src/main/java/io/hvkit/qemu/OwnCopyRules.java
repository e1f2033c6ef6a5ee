package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.internal.Libc;
import java.util.Optional;

/** Says which conversions may be copied in this process: those of which every byte is understood. */
final class OwnCopyRules {

    private static final ByteSize SECTOR = ByteSize.bytes(512);
    /** What is derived in well under a second here. Slower ones are for qemu, which derives faster. */
    private static final long MOST_ITERATIONS = 400_000;

    private OwnCopyRules() {}

    /** Returns what is in the way, as far as the request tells; nothing if it may be copied here. */
    static Optional<String> obstacle(QemuImgProgram program, ConvertRequest request) {
        if (request.engine().filter(CopyEngine.QEMU_IMG::equals).isPresent()) {
            return Optional.of("it was asked for");
        }
        if (request.engine().filter(CopyEngine.FILE_SYSTEM::equals).isPresent()) {
            return Optional.of("another way was asked for");
        }
        if (!(program.files() instanceof LocalFiles)) {
            return Optional.of("the images are on another host");
        }
        if (Libc.load().isEmpty()) {
            return Optional.of("this JVM loads no native code, so images cannot be locked");
        }
        if (request.sources().size() != 1) {
            return Optional.of("there are several sources");
        }
        if (request.salvages()) {
            return Optional.of("what cannot be read is to become zeroes");
        }
        if (request.profile().isInOrder()) {
            return Optional.of("the target is to be written from start to end");
        }
        return formats(request.source(), request.target());
    }

    private static Optional<String> formats(Image source, Image target) {
        for (Image image : new Image[] {source, target}) {
            if (image.format() != ImageFormat.RAW && image.format() != ImageFormat.LUKS) {
                return Optional.of("it knows the format " + image.format().qemuName());
            }
            if (image.path().isEmpty()) {
                return Optional.of(image.place() + " is neither a file nor a block device");
            }
        }
        return source.encrypts() || target.encrypts()
                ? Optional.empty()
                : Optional.of("there is nothing to encrypt, and the disk is the limit");
    }

    /** Returns what is in the way of reading and writing an encrypted disk; nothing if its header is understood. */
    static Optional<String> obstacle(LuksHeader header, ByteSize file) {
        Optional<String> unknown = obstacle(header);
        if (unknown.isPresent()) {
            return unknown;
        }
        if (header.container() != ImageFormat.LUKS) {
            return Optional.of("it is no LUKS image");
        }
        boolean whole = file.compareTo(header.payloadOffset()) > 0
                && file.minus(header.payloadOffset()).isMultipleOf(SECTOR);
        return whole ? Optional.empty() : Optional.of("its data is no whole number of sectors");
    }

    /** Returns what is in the way of opening it here with one of its keys; nothing if the header is understood. */
    static Optional<String> obstacle(LuksHeader header) {
        boolean usual = header.type() == LuksType.LUKS1
                && header.cipher().equals("aes")
                && header.mode().equals("xts-plain64")
                && header.keyBits() == LuksCipher.AES_256_XTS.keyBits()
                && header.hash().equals("sha256")
                && header.sectorSize().equals(SECTOR)
                && header.keySlots().stream().allMatch(OwnCopyRules::isUsual);
        if (!usual) {
            return Optional.of("its encryption is not the usual one: " + header);
        }
        long iterations = header.keySlots().stream()
                .mapToLong(slot -> iterations(slot.derivation()))
                .sum();
        if (iterations > MOST_ITERATIONS) {
            return Optional.of("its keys are derived slowly, in " + iterations + " iterations");
        }
        return Optional.empty();
    }

    private static boolean isUsual(KeySlot slot) {
        return slot.stripes() == 4000 && slot.derivation() instanceof KeyDerivation.Pbkdf2;
    }

    private static long iterations(KeyDerivation derivation) {
        return derivation.match(KeyDerivation.Pbkdf2::iterations, argon2 -> Long.MAX_VALUE);
    }
}
