#!/usr/bin/env python3
"""shapes.py MODE N DIR - writes a configuration of N terraform_data instances of one shape.
modes: count foreach(set) foreachmap flat chain layered xcount xforeach modules fan locals"""
import os, sys
mode, n, d = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.makedirs(d, exist_ok=True)
def w(s, name="main.tf"): open(os.path.join(d, name), "w").write(s)
KEYS = 'locals {\n  keys = toset([for p in setproduct(range(%d), range(%d)) : format("k%%04d-%%04d", p[0], p[1])])\n}\n'
def keys(n):
    b = min(n, 1000); assert n % b == 0
    return KEYS % (n // b, b)
if mode == "count":
    w('resource "terraform_data" "r" {\n  count = %d\n  input = "value-${count.index}"\n}\n' % n)
elif mode == "foreach":
    w(keys(n) + 'resource "terraform_data" "r" {\n  for_each = local.keys\n  input    = "value-${each.key}"\n}\n')
elif mode == "foreachmap":
    w(keys(n).replace("keys = toset([for p in", "keys = { for p in").replace(", p[0], p[1])])", ", p[0], p[1]) => p[1] }") + 'resource "terraform_data" "r" {\n  for_each = local.keys\n  input    = "value-${each.key}-${each.value}"\n}\n')
elif mode == "flat":
    w("".join('resource "terraform_data" "r%d" {\n  input = "value-%d"\n}\n' % (i, i) for i in range(n)))
elif mode == "chain":
    w("".join('resource "terraform_data" "r%d" {\n  input = %s\n}\n' % (i, '"start"' if i == 0 else "terraform_data.r%d.id" % (i - 1)) for i in range(n)))
elif mode == "layered":  # 10 layers, each node depends on 3 nodes of the layer above
    L = 10; per = n // L; out = []
    for l in range(L):
        for i in range(per):
            deps = '"root"' if l == 0 else "join(\",\", [%s])" % ", ".join("terraform_data.l%d_%d.id" % (l - 1, (i * 7 + k * 13) % per) for k in range(3))
            out.append('resource "terraform_data" "l%d_%d" {\n  input = %s\n}\n' % (l, i, deps))
    w("".join(out))
elif mode == "xcount":   # n/2 + n/2, second refers to first[count.index]
    h = n // 2
    w('resource "terraform_data" "a" {\n  count = %d\n  input = "v-${count.index}"\n}\nresource "terraform_data" "b" {\n  count = %d\n  input = terraform_data.a[count.index].id\n}\n' % (h, h))
elif mode == "xforeach":
    h = n // 2
    w(keys(h) + 'resource "terraform_data" "a" {\n  for_each = local.keys\n  input    = each.key\n}\nresource "terraform_data" "b" {\n  for_each = local.keys\n  input    = terraform_data.a[each.key].id\n}\n')
elif mode == "modules":  # n/4 module instances of 4 resources
    m = n // 4
    os.makedirs(d + "/mod", exist_ok=True)
    w('variable "name" { type = string }\nlocals { up = upper(var.name) }\nresource "terraform_data" "a" { input = var.name }\nresource "terraform_data" "b" { input = terraform_data.a.id }\nresource "terraform_data" "c" { input = "${local.up}-${terraform_data.a.id}" }\nresource "terraform_data" "d" { input = [terraform_data.b.id, terraform_data.c.id] }\noutput "id" { value = terraform_data.d.id }\n', "mod/main.tf")
    b = min(m, 250); assert m % b == 0
    w(KEYS % (m // b, b) + 'module "m" {\n  source   = "./mod"\n  for_each = local.keys\n  name     = each.key\n}\noutput "ids" { value = { for k, m in module.m : k => m.id } }\n')
elif mode == "fan":
    w('resource "terraform_data" "root" { input = "x" }\nresource "terraform_data" "r" {\n  count = %d\n  input = "${terraform_data.root.id}-${count.index}"\n}\nresource "terraform_data" "sink" { input = terraform_data.r[*].id }\noutput "n" { value = length(terraform_data.r) }\n' % (n - 2))
else:
    sys.exit("mode?")
