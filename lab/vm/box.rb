# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# What is the box's own: its key, and that it has no boot loader. The rest is the Vagrantfile's that uses it.
Vagrant.configure("2") do |config|
  config.ssh.insert_key = false
  config.ssh.private_key_path = File.join(ENV.fetch("QUORUM_LAB_CACHE", File.join(Dir.home, ".cache/quorum-lab")), "keys/ssh")

  config.vm.provider :libvirt do |libvirt|
    libvirt.storage_pool_name = "quorum-lab"
    libvirt.kernel = File.join(__dir__, "vmlinuz")
    libvirt.initrd = File.join(__dir__, "initrd.img")
    libvirt.cmd_line = "root=/dev/vda1 rw console=ttyS0 net.ifnames=0 quiet mitigations=off tsc=reliable no5lvl " \
                       "apparmor=0 audit=0 random.trust_cpu=on"
  end
end
