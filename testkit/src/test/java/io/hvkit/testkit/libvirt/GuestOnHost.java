package io.hvkit.testkit.libvirt;

import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A transient guest that writes to a raw disk of 32 MiB, started by virsh. */
record GuestOnHost(String name, Path disk, Path serial, GuestConsole console) {

    private static final String XML = """
            <domain type='qemu'>
              <name>%s</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
              <os><type arch='x86_64' machine='q35'>hvm</type>
                <kernel>%s</kernel><initrd>%s</initrd><cmdline>%s</cmdline></os>
              <features><acpi/></features><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
              <devices>
                <disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/>
                  <source file='%s'/><target dev='vda' bus='virtio'/></disk>
                <serial type='file'><source path='%s'/><target port='0'/></serial>
                <console type='file'><source path='%s'/><target type='serial' port='0'/></console>
                <controller type='usb' model='none'/><memballoon model='none'/>
              </devices>
            </domain>
            """;

    static GuestOnHost created(Virsh virsh, Guest guest, GuestWork work, Path folder)
            throws IOException, InterruptedException {
        String name = "hvkit-proof";
        Path disk = folder.resolve("disk.raw");
        Path serial = folder.resolve("serial.log");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(32L << 20);
        }
        Path xml = Files.writeString(
                folder.resolve("guest.xml"),
                XML.formatted(name, guest.kernel(), guest.initrd(), guest.commandLine(work), disk, serial, serial));
        virsh.ok("create", xml.toString());
        return new GuestOnHost(name, disk, serial, GuestConsole.at(serial));
    }
}
