package io.hvkit.qemu;

import java.util.Optional;

/**
 * How a conversion came about.
 *
 * @param engine what copied the bytes
 * @param reason why that was qemu-img, for people; nothing if it was not
 */
public record ConvertReport(CopyEngine engine, Optional<String> reason) {

    static ConvertReport shared() {
        return new ConvertReport(CopyEngine.FILE_SYSTEM, Optional.empty());
    }

    static ConvertReport inProcess() {
        return new ConvertReport(CopyEngine.IN_PROCESS, Optional.empty());
    }

    static ConvertReport byQemuImg(String reason) {
        return new ConvertReport(CopyEngine.QEMU_IMG, Optional.of(reason));
    }
}
