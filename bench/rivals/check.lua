-- A check beside ours: nginx with Lua, the record in a Redis that all workers
-- share.  What Redis holds is the answer but for result and time, which is the
-- least that can be done: "STATUS EXPIRES JSON".

local redis = require "nginx.redis"

local db = redis:new()
local ok, err = db:connect("unix:" .. ngx.var.redis_socket)

if not ok then
    ngx.log(ngx.ERR, "redis: ", err)
    return ngx.exit(503)
end

local value = db:get(string.sub(ngx.var.uri, 8))

db:set_keepalive(60000, 128)

if not value or value == ngx.null then
    ngx.status = 404
    ngx.print('{"result":"not_found"}')
    return
end

local status, expires, json = string.match(value, "^(%S+) (%d+) (.*)$")
local now = ngx.time()

if status == "valid" and now >= tonumber(expires) then
    status = "expired"
end

local body = '{"result":"' .. status .. '",' .. json .. ',"checked":"'
    .. os.date("!%Y-%m-%dT%H:%M:%S+08:00", now + 28800) .. '"}'

ngx.header.content_length = #body
ngx.print(body)
